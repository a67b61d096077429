//! Choice of the arithmetic at run time.

/// Defines a function that calls a kernel, generic over its arithmetic, with the fastest one that the processor has.
///
/// A fused multiply-add is part of every AArch64 and of x86-64 since 2013; without it, and in the guest, the soft arithmetic
/// gives the same bits. The platform's libm is never called.
macro_rules! dispatch {
    ($(#[$doc:meta])* pub fn $name:ident($($argument:ident: $kind:ty),* $(,)?) = $kernel:ident;) => {
        $(#[$doc])*
        // A function of its own keeps its registers, in a guest that is one program.
        #[inline(never)]
        pub fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn compiled($($argument: $kind),*) {
                    $kernel::<$crate::float::Hardware>($($argument),*);
                }
                if std::is_x86_feature_detected!("fma") && std::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has the features that the function is compiled for.
                    return unsafe { compiled($($argument),*) };
                }
            }
            #[cfg(target_arch = "aarch64")]
            return $kernel::<$crate::float::Hardware>($($argument),*);
            #[cfg(not(target_arch = "aarch64"))]
            $kernel::<$crate::float::Soft>($($argument),*);
        }
    };
}

pub(crate) use dispatch;
