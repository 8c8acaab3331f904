//! Builds the page that the relay embeds.
//!
//! In: the wasm modules and the folder `www/`. Out, in the folder given by `--out`:
//!
//! | path | what |
//! |---|---|
//! | `<name>.html` | the entry pages, their references rewritten into the tree and pinned by hash |
//! | `favicon.ico` | as it is: browsers ask for it by that name |
//! | `a/<hash>/..` | the asset tree; `<hash>` is over every path and byte in it |
//! | `*.br`, `*.gz` | each file compressed beforehand, where that makes it smaller |
//! | `manifest.json` | the compiler, the tree's hash and the SHA-256 of every file |
//!
//! Files that hold hashes and the tree's hash could chase each other; they do not, because hashes only point one
//! way: `integrity.js` (in the tree) names the data files, the entry pages (outside of it) name scripts, styles and
//! the tree. The same input gives the same bytes.

mod compress;
mod hash;
mod html;
mod imports;
mod listing;
mod pseudo;
mod tree;
mod write;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

/// Builds the page: binds the wasm, hashes and compresses the asset tree.
#[derive(Debug, Parser)]
struct Args {
    /// Each wasm as cargo built it for wasm32-unknown-unknown.
    #[arg(long, required = true)]
    wasm: Vec<PathBuf>,
    /// The page's sources.
    #[arg(long)]
    www: PathBuf,
    /// Where the page goes; what was there before is replaced.
    #[arg(long)]
    out: PathBuf,
    /// Where type declarations of the generated modules go (for the type checker only).
    #[arg(long)]
    types: PathBuf,
    /// The compiler that built the wasm, as `rustc -V` names it.
    #[arg(long)]
    compiler: String,
    /// Whether that is the reference compiler or Debian's.
    #[arg(long)]
    built_by: String,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut sources = tree::collect(&args.www)?;
    pseudo::add(&mut sources)?;
    let bound = tree::bind_all(&args.wasm)?;
    tree::write_types(&args.types, &bound.types)?;
    let mut page = html::assemble(sources, bound.files)?;
    listing::fill(&mut page)?;
    write::page(&args.out, &page, &args.compiler, &args.built_by)
        .with_context(|| format!("writing the page to {}", args.out.display()))
}
