//! What a wasm module without `std` brings along itself. The page loads less for it: `std` would print what panics say.

#![no_std]
#![cfg(target_arch = "wasm32")]

use core::panic::PanicInfo;

use dlmalloc::GlobalDlmalloc;

/// The allocator that `std` has on wasm.
#[global_allocator]
static MEMORY: GlobalDlmalloc = GlobalDlmalloc;

/// A panic is a trap: the worker reports it, and the page starts another.
#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
