//! The pages. Each is `State`, `Message`, `update(message, &Desk) -> Action` and `view(&Desk)`: it looks at the desk and
//! asks; the application does.

pub mod chain;
pub mod deliver;
pub mod meters;
pub mod qc;
pub mod reference;
pub mod session;
#[cfg(test)]
mod specimen;
