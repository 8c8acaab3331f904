//! What a program without `std` brings along itself. It is a quarter smaller for it: nothing here can print.

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
