//! The tables, made anew and compared; and the rules of normal form.

mod make;
mod right;
mod rules;
