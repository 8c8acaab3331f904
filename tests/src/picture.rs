//! Pictures: made small, for a page of text needs few colours, and searched for QR codes.

use std::collections::HashMap;
use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, OutputInfo};

/// How many colours a picture keeps.
const COLOURS: usize = 64;

type Colour = [u8; 3];

/// The texts of all QR codes in a picture that are dark on light: what a camera makes out without trying.
pub fn qr_codes(picture: &[u8]) -> Result<Vec<String>> {
    let (frame, pixels) = read(picture)?;
    let (width, height) = (frame.width as usize, frame.height as usize);
    let grey = |x: usize, y: usize| match pixels.get(y * width + x) {
        Some([_, green, _]) if *green > 127 => 255,
        _ => 0,
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    let read = |grid: rqrr::Grid<_>| Ok(grid.decode()?.1);
    image.detect_grids().into_iter().map(read).collect()
}

/// A picture's size and its pixels, row by row.
fn read(picture: &[u8]) -> Result<(OutputInfo, Vec<Colour>)> {
    let mut reader = Decoder::new(Cursor::new(picture)).read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().context("the picture is too large")?];
    let frame = reader.next_frame(&mut bytes)?;
    ensure!(
        frame.bit_depth == BitDepth::Eight,
        "a browser's picture has 8 bits a channel"
    );
    let pixels = colours(
        bytes.get(..frame.buffer_size()).unwrap_or_default(),
        frame.color_type,
    )?;
    Ok((frame, pixels))
}

/// The same picture in its most frequent colours; every other becomes the nearest of them.
pub fn with_few_colours(picture: &[u8]) -> Result<Vec<u8>> {
    let (frame, pixels) = read(picture)?;
    let palette = frequent(&pixels);
    let mut nearest = HashMap::new();
    let indices: Vec<u8> = pixels
        .iter()
        .map(|&pixel| {
            *nearest
                .entry(pixel)
                .or_insert_with(|| nearest_of(&palette, pixel))
        })
        .collect();

    let mut small = Vec::new();
    let mut encoder = Encoder::new(&mut small, frame.width, frame.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    encoder.write_header()?.write_image_data(&indices)?;
    Ok(small)
}

fn colours(bytes: &[u8], kind: ColorType) -> Result<Vec<Colour>> {
    let step = match kind {
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        _ => anyhow::bail!("a browser's picture is in colour"),
    };
    ensure!(
        bytes.len().is_multiple_of(step),
        "the picture ends within a pixel"
    );
    let colour = |pixel: &[u8]| pixel.first_chunk().copied().context("a pixel has three channels");
    bytes.chunks_exact(step).map(colour).collect()
}

fn frequent(pixels: &[Colour]) -> Vec<Colour> {
    let mut counts: HashMap<Colour, usize> = HashMap::new();
    for &pixel in pixels {
        *counts.entry(pixel).or_default() += 1;
    }
    let mut ranked: Vec<(Colour, usize)> = counts.into_iter().collect();
    // By colour where the counts are equal, so that the same page gives the same bytes.
    ranked.sort_by_key(|&(colour, count)| (std::cmp::Reverse(count), colour));
    ranked
        .into_iter()
        .take(COLOURS)
        .map(|(colour, _)| colour)
        .collect()
}

fn nearest_of(palette: &[Colour], pixel: Colour) -> u8 {
    let distance = |colour: &Colour| -> u32 {
        colour
            .iter()
            .zip(pixel)
            .map(|(&one, other)| u32::from(one.abs_diff(other)).pow(2))
            .sum()
    };
    let best = palette
        .iter()
        .enumerate()
        .min_by_key(|(_, colour)| distance(colour));
    best.and_then(|(index, _)| u8::try_from(index).ok())
        .unwrap_or_default()
}
