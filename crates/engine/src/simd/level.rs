//! Which vectors a processor has, and which of them are used.

use super::Kernel;
use std::{env, fmt, str::FromStr};

/// A level of SIMD. Every level gives the same bytes; a higher one takes less time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The scalar kernels, whatever the compiler makes of them.
    Portable,
    /// AVX2, FMA and F16C.
    Avx2,
    /// AVX-512 F and BW besides.
    Avx512,
    /// AVX-512 VNNI besides.
    Vnni,
    /// AMX with s8 products besides.
    Amx,
}

/// A name that is no level, or a level that this processor does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// No level has this name.
    #[error("SIMD level {0:?} is none of portable, avx2, avx512, vnni, amx")]
    Unknown(String),
    /// The processor is of a lower level.
    #[error("SIMD level {asked} asked for, this processor has {found}")]
    Missing {
        /// The level asked for.
        asked: Level,
        /// The highest there is.
        found: Level,
    },
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 5] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Vnni, Self::Amx];
    /// The environment variable that forces a level.
    pub const VARIABLE: &str = "OPML_SIMD";

    /// The highest level of this processor.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c");
            let avx512 =
                is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            match (avx2, avx512, is_x86_feature_detected!("avx512vnni")) {
                (true, true, true) if super::amx::is_present() => return Self::Amx,
                (true, true, true) => return Self::Vnni,
                (true, true, false) => return Self::Avx512,
                (true, false, _) => return Self::Avx2,
                _ => {}
            }
        }
        Self::Portable
    }

    /// The level itself, if this processor has it.
    ///
    /// # Errors
    /// [`LevelError::Missing`].
    pub fn checked(self) -> Result<Self, LevelError> {
        let found = Self::detect();
        if self > found { Err(LevelError::Missing { asked: self, found }) } else { Ok(self) }
    }

    /// The level that [`Self::VARIABLE`] names, or else the highest of this processor.
    ///
    /// # Errors
    /// If the variable names no level of this processor.
    pub fn from_environment() -> Result<Self, LevelError> {
        match env::var(Self::VARIABLE) {
            Ok(name) => name.parse::<Self>()?.checked(),
            Err(_) => Ok(Self::detect()),
        }
    }

    /// Whether [`Self::run_symmetric`] does more than [`Self::run`].
    pub(crate) fn knows_symmetric(self) -> bool {
        self == Self::Avx2
    }

    /// Whether packed s8 activations are the bytes as they lie, with what their sums start from behind them.
    pub(crate) fn packs_bytes(self) -> bool {
        self >= Self::Vnni
    }

    /// As [`Self::run`], for kernels whose s8 activations are never −128: at some levels by faster products. What was packed by
    /// one of the two is for the same one.
    ///
    /// # Safety
    /// What the kernel asks for, and that.
    pub(crate) unsafe fn run_symmetric<K: Kernel>(self, kernel: K) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            use super::avx2::Avx2;

            #[target_feature(enable = "avx2,fma,f16c")]
            unsafe fn avx2<K: Kernel>(kernel: K) {
                // SAFETY: the function is entered on processors of this level only; the rest is the caller's.
                unsafe { kernel.run::<Avx2<true>>() }
            }

            if self.knows_symmetric() {
                debug_assert!(self <= Self::detect(), "{self} on a processor without it");
                // SAFETY: the value comes from `detect` or `checked`; the rest is the caller's promise.
                unsafe { avx2(kernel) };
                return true;
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.run(kernel) }
    }

    /// Runs a kernel on vectors of this level; `false`, and nothing done, if the level has none.
    ///
    /// # Safety
    /// What the kernel asks for.
    pub(crate) unsafe fn run<K: Kernel>(self, kernel: K) -> bool {
        // A level that was not checked must not become an instruction that the processor does not know.
        debug_assert!(self <= Self::detect(), "{self} on a processor without it");
        #[cfg(target_arch = "x86_64")]
        {
            use super::{avx2::Avx2, avx512::Avx512, avx512::Vnni};

            #[target_feature(enable = "avx2,fma,f16c")]
            unsafe fn avx2<K: Kernel>(kernel: K) {
                // SAFETY: the function is entered on processors of this level only; the rest is the caller's.
                unsafe { kernel.run::<Avx2<false>>() }
            }

            #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw")]
            unsafe fn avx512<K: Kernel>(kernel: K) {
                // SAFETY: as above.
                unsafe { kernel.run::<Avx512>() }
            }

            #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512vnni")]
            unsafe fn vnni<K: Kernel>(kernel: K) {
                // SAFETY: as above.
                unsafe { kernel.run::<Vnni<false>>() }
            }

            #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512vnni")]
            unsafe fn amx<K: Kernel>(kernel: K) {
                // SAFETY: as above.
                unsafe { kernel.run::<Vnni<true>>() }
            }

            match self {
                Self::Portable => return false,
                // SAFETY: values above `Portable` come from `detect` or `checked`; the rest is the caller's promise.
                Self::Avx2 => unsafe { avx2(kernel) },
                // SAFETY: as above.
                Self::Avx512 => unsafe { avx512(kernel) },
                // SAFETY: as above.
                Self::Vnni => unsafe { vnni(kernel) },
                // SAFETY: as above.
                Self::Amx => unsafe { amx(kernel) },
            }
            true
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = kernel;
            false
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Vnni => "vnni",
            Self::Amx => "amx",
        })
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(name: &str) -> Result<Self, LevelError> {
        let unknown = || LevelError::Unknown(name.to_owned());
        Self::ALL.into_iter().find(|level| level.to_string() == name).ok_or_else(unknown)
    }
}
