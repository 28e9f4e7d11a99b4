//! Packs `static/`: each file gets a name with the hash of its content, and is compressed once,
//! here, as well as its format allows (brotli 11, gzip 9), so that serving it costs a copy.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=locales");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut files: Vec<PathBuf> =
        fs::read_dir("static")?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<_>>()?;
    files.sort();
    let mut code = String::from("/// Every file of the sites.\npub static ALL: &[Asset] = &[\n");
    let mut addresses = String::new();
    for file in &files {
        let packed = pack(file, &out)?;
        code.push_str(&packed.entry);
        addresses.push_str(&packed.address);
    }
    code.push_str("];\n");
    code.push_str(&addresses);
    fs::write(out.join("assets.rs"), code)
}

struct Packed {
    entry: String,
    address: String,
}

fn pack(file: &Path, out: &Path) -> io::Result<Packed> {
    let text = |part: Option<&std::ffi::OsStr>| part.and_then(|p| p.to_str()).map(str::to_owned);
    let stem = text(file.file_stem()).ok_or(io::ErrorKind::InvalidInput)?;
    let kind = text(file.extension()).ok_or(io::ErrorKind::InvalidInput)?;
    let media = match kind.as_str() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return Err(io::Error::other(format!("no media type for {}", file.display()))),
    };
    let raw = fs::read(file)?;
    let hash = Sha256::digest(&raw).iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let name = format!("{stem}-{hash}.{kind}");
    let path = |ending: &str| out.join(format!("{name}{ending}"));
    fs::write(path(""), &raw)?;
    fs::write(path(".br"), brotli_of(&raw)?)?;
    fs::write(path(".gz"), gzip_of(&raw)?)?;
    let entry = format!(
        "    Asset {{ name: {name:?}, media: {media:?}, raw: include_bytes!({:?}), \
         brotli: include_bytes!({:?}), gzip: include_bytes!({:?}) }},\n",
        path(""),
        path(".br"),
        path(".gz"),
    );
    let constant = format!("{stem}_{kind}").to_uppercase();
    let address = format!(
        "/// The address of `{stem}.{kind}`.\npub const {constant}: &str = \"/assets/{name}\";\n"
    );
    Ok(Packed { entry, address })
}

fn brotli_of(raw: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
        writer.write_all(raw)?;
    }
    Ok(packed)
}

fn gzip_of(raw: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(raw)?;
    writer.finish()
}
