//! The program `lacquer`.

fn main() {}
