//! What a wasm module without `std` brings along itself. The page loads less for it: `std` would print what panics say.

#![no_std]
#![cfg(target_arch = "wasm32")]

use core::panic::PanicInfo;

use dlmalloc::GlobalDlmalloc;
use zeroizing_alloc::ZeroAlloc;

/// The allocator that `std` has on wasm; what is given back to it is wiped.
#[global_allocator]
static MEMORY: ZeroAlloc<GlobalDlmalloc> = ZeroAlloc(GlobalDlmalloc);

/// A panic is a trap: the worker reports it, and the page starts another.
#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
