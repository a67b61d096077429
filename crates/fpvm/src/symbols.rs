//! Names of a program's functions, for people.

use object::{LittleEndian, Object, ObjectSymbol, elf::FileHeader64, read::elf::ElfFile};

/// The functions and labels of an ELF file by address.
#[derive(Clone, Debug, Default)]
pub struct Symbols(Vec<Symbol>);

#[derive(Clone, Debug)]
struct Symbol {
    address: u64,
    /// Bytes; 0 if the file does not say.
    size: u64,
    name: String,
}

impl Symbols {
    /// Reads the symbol table of an ELF file. Nothing depends on names, so a file without a table,
    /// or with a broken one, has none.
    pub fn from_elf(file: &[u8]) -> Self {
        let Ok(file) = ElfFile::<FileHeader64<LittleEndian>>::parse(file) else {
            return Self::default();
        };
        let mut symbols: Vec<Symbol> = file
            .symbols()
            .filter(|symbol| symbol.is_definition() || symbol.section_index().is_some())
            .filter_map(|symbol| {
                let name = symbol.name().ok().filter(|name| !name.is_empty())?.to_owned();
                Some(Symbol { address: symbol.address(), size: symbol.size(), name })
            })
            .collect();
        // Of several names for an address the one with a size counts: it is the function's.
        symbols.sort_by_key(|symbol| (symbol.address, symbol.size == 0));
        symbols.dedup_by_key(|symbol| symbol.address);
        Self(symbols)
    }

    /// Returns the name that `address` lies under and its distance from there.
    pub fn at(&self, address: u64) -> Option<(&str, u64)> {
        let after = self.0.partition_point(|symbol| symbol.address <= address);
        let symbol = &self.0[after.checked_sub(1)?];
        let offset = address - symbol.address;
        (symbol.size == 0 || offset < symbol.size).then_some((&symbol.name, offset))
    }
}
