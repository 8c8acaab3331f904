//! A copy of all but what people wrote, taken while the relay runs, and a new data folder made of it.
//!
//! Both say what they leave out: a backup that is silent about what it lacks is found out on the worst day.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};

use crate::config::{Config, PEPPER_VARIABLE};
use crate::data::{DATABASE, DataFolder};
use crate::pepper::{Pepper, PepperSource};
use crate::relay::rules;
use crate::store::sqlite::backup::{self, Copied};
use crate::store::{SqliteStore, Store as _};

/// The pepper's name in a backup, as in a data folder.
const PEPPER: &str = "pepper";
/// The database's name until it is whole.
const RESTORING: &str = "sotto.db.restoring";
/// How much is deleted in one transaction.
const STEP: u32 = 1000;

/// Writes a backup into a new folder, which appears when it is whole.
pub fn backup(config: &Config, folder: &Path) -> Result<String> {
    let live = config.data.join(DATABASE);
    ensure!(
        live.exists(),
        "there is no database in {}: name the relay's data folder with --data",
        config.data.display()
    );
    ensure!(
        !folder.exists(),
        "{} is there already, and a backup overwrites nothing: name a new folder",
        folder.display()
    );
    let source = config.pepper();
    if let PepperSource::Own(file) = &source {
        ensure!(
            file.exists(),
            "the pepper is not in {}: without it a backup is noise, so there is none to make; name it with --pepper-file or in {PEPPER_VARIABLE}",
            file.display()
        );
    }
    let pepper = Pepper::load_or_create(&source)?;

    let unfinished = beside(folder)?;
    private_folder(&unfinished)?;
    let made = write(&live, &pepper, &source, &unfinished).and_then(|copied| {
        fs::rename(&unfinished, folder)
            .with_context(|| format!("{} cannot be given its name", folder.display()))?;
        Ok(copied)
    });
    if made.is_err() {
        // What is not whole is no backup.
        let _ = fs::remove_dir_all(&unfinished);
    }
    Ok(told(folder, &source, made?))
}

fn write(live: &Path, pepper: &Pepper, source: &PepperSource, folder: &Path) -> Result<Copied> {
    let copied =
        backup::write(live, pepper, &folder.join(DATABASE)).context("the backup cannot be written")?;
    if let PepperSource::Own(file) = source {
        copy_private(file, &folder.join(PEPPER))?;
    }
    File::open(folder)?.sync_all()?;
    Ok(copied)
}

fn told(folder: &Path, source: &PepperSource, copied: Copied) -> String {
    let Copied { rooms, emptied } = copied;
    let mut told = format!(
        "Backup of {rooms} rooms in {}. Not in it: {emptied} messages, and all codes and invitations.\n",
        folder.display()
    );
    // A String takes every write.
    let _ = match source {
        PepperSource::Own(_) => writeln!(
            told,
            "It is complete: the deployment's salt and the pepper are in it. Whoever has it has what the relay has, \
             so keep it as safe as the relay."
        ),
        PepperSource::Credential(file) => writeln!(
            told,
            "It is NOT complete: the salt is in it, the pepper is not. Copy {} to another safe place too; without \
             it this backup is noise.",
            file.display()
        ),
        PepperSource::Value(_) => writeln!(
            told,
            "It is NOT complete: the salt is in it, the pepper is not. Copy the value of {PEPPER_VARIABLE} to another \
             safe place too; without it this backup is noise."
        ),
    };
    told.push_str(
        "Delete it when it is older than the longest life of a room: nothing in it is of use then.",
    );
    told
}

/// Makes a new data folder of a backup.
pub fn restore(config: &Config, folder: &Path) -> Result<String> {
    let file = folder.join(DATABASE);
    ensure!(
        file.exists(),
        "there is no backup in {}: it is a folder with the file {DATABASE}",
        folder.display()
    );
    let claimed = DataFolder::claim(&config.data)?;
    let database = claimed.database();
    ensure!(
        !database.exists(),
        "there is a database in {} already, and it is not overwritten: move it away, or name another folder with --data",
        config.data.display()
    );
    let (pepper, kept) = pepper_for(config, folder)?;
    let restoring = config.data.join(RESTORING);
    remove(&restoring)?;
    let done = rebuild(config, &file, &restoring, pepper);
    if done.is_err() {
        let _ = remove(&restoring);
    }
    let (rooms, over) = done.with_context(|| format!("{} cannot be restored", folder.display()))?;
    // The pepper first: a database without its pepper would be taken for a lost one.
    if let Some((from, to)) = kept {
        copy_private(&from, &to)?;
    }
    fs::rename(&restoring, &database)?;
    File::open(&config.data)?.sync_all()?;
    Ok(format!(
        "Restored {rooms} rooms into {}; {over} more were over and are gone.\n\
         Every room is empty, and its turns go on where they were at the time of the backup.\n\
         What happened since the backup cannot be known:\n\
         - passcodes that were changed are the old ones again, and the new ones open nothing;\n\
         - seats that were left are held again, with their old passcodes; seats taken since are free again;\n\
         - rooms that were ended are there again, those begun since are not; later ends are the earlier ones;\n\
         - who wrote, read and deleted since is not known: open tabs warn that the relay went back, as it did.\n\
         Tell the people of this relay, and have those who changed a passcode or left a room do it again.",
        config.data.display()
    ))
}

/// The pepper, and where to copy it from and to if it is in the backup.
fn pepper_for(config: &Config, folder: &Path) -> Result<(Pepper, Option<(PathBuf, PathBuf)>)> {
    let source = config.pepper();
    let PepperSource::Own(own) = &source else {
        return Ok((Pepper::load_or_create(&source)?, None));
    };
    if own.exists() {
        return Ok((Pepper::load_or_create(&source)?, None));
    }
    let copied = folder.join(PEPPER);
    if !copied.exists() {
        bail!(
            "the backup is not complete: it has the salt and no pepper. Name the pepper's file with --pepper-file, set \
             {PEPPER_VARIABLE}, or put the file {PEPPER} into {}; under another pepper every room is lost",
            config.data.display()
        );
    }
    let pepper = Pepper::load_or_create(&PepperSource::Credential(copied.clone()))?;
    Ok((pepper, Some((copied, own.clone()))))
}

/// The database of the backup, up to date and without what is over. Gives how many rooms it has and had more.
fn rebuild(config: &Config, from: &Path, to: &Path, pepper: Pepper) -> Result<(u64, u64)> {
    copy_private(from, to)?;
    backup::unpack(to, &pepper)?;
    let mut store = SqliteStore::open(to, Arc::new(pepper), rules(config))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut over = 0;
    loop {
        let due = store.purge_due(now, STEP)?;
        over += u64::try_from(due.purged.len())?;
        if !due.more {
            break;
        }
    }
    let rooms = store.counts()?.rooms;
    Box::new(store).close()?;
    File::open(to)?.sync_all()?;
    Ok((rooms, over))
}

/// Removes a database that did not become whole, and its log.
fn remove(database: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// A name in the same folder, so that one step gives the right one.
fn beside(folder: &Path) -> Result<PathBuf> {
    let mut name = folder
        .file_name()
        .context("name a new folder for the backup")?
        .to_owned();
    name.push(format!(".unfinished-{}", std::process::id()));
    Ok(folder.with_file_name(name))
}

fn private_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .with_context(|| format!("the folder {} cannot be made", path.display()))
}

/// Copies a file for its owner only, and sees it on disk.
fn copy_private(from: &Path, to: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut source = File::open(from).with_context(|| format!("{} cannot be read", from.display()))?;
    let mut target = options
        .open(to)
        .with_context(|| format!("{} cannot be made", to.display()))?;
    std::io::copy(&mut source, &mut target).with_context(|| format!("{} cannot be written", to.display()))?;
    Ok(target.sync_all()?)
}
