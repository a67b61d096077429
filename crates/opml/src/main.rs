//! The program `opml`.

fn main() -> std::process::ExitCode {
    opml::main()
}
