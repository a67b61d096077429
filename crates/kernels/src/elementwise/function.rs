//! The elementwise functions and what they take.

/// Which elements a function takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Floats or integers; the result is of their type.
    Number,
    /// Floats; the result is of their type.
    Float,
    /// Integers or bools; the result is of their type.
    Integer,
    /// Any elements of one type; the result is a bool.
    Test,
    /// Floats; the result is a bool.
    FloatTest,
    /// A bool, then two operands of any one type, which the result has too.
    Select,
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $domain:ident, $arity:literal, $immediates:literal;)*) => {
        /// An elementwise function of operands a, b, c and immediates i, j, k, as `docs/arithmetic.md` defines it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Function {
            $($(#[$doc])* $name = $code,)*
        }

        impl Function {
            /// Every function.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The function of this number, which records name.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// What it takes and gives.
            pub const fn domain(self) -> Domain {
                match self {
                    $(Self::$name => Domain::$domain,)*
                }
            }

            /// How many operands it has.
            pub const fn arity(self) -> usize {
                match self {
                    $(Self::$name => $arity,)*
                }
            }

            /// How many immediates it has.
            pub const fn immediates(self) -> usize {
                match self {
                    $(Self::$name => $immediates,)*
                }
            }
        }
    };
}

functions! {
    /// a where a > i, else i.
    Relu = 0: Number, 1, 1;
    /// a + b.
    Add = 1: Number, 2, 0;
    /// a − b.
    Sub = 2: Number, 2, 0;
    /// a · b.
    Mul = 3: Number, 2, 0;
    /// a / b; of integers cut towards zero, and 0 where b is 0.
    Div = 4: Number, 2, 0;
    /// a − b·trunc(a / b), exact: the sign of a.
    Remainder = 5: Number, 2, 0;
    /// a − b·⌊a / b⌋: the sign of b.
    Modulo = 6: Integer, 2, 0;
    /// a where a < b, else b.
    Min = 7: Number, 2, 0;
    /// a where a > b, else b.
    Max = 8: Number, 2, 0;
    /// a to the power of b.
    Pow = 9: Float, 2, 0;
    /// a · b + c, rounded once.
    MultiplyAdd = 10: Float, 3, 0;

    /// a = b.
    Equal = 16: Test, 2, 0;
    /// a ≠ b.
    NotEqual = 17: Test, 2, 0;
    /// a < b.
    Less = 18: Test, 2, 0;
    /// a ≤ b.
    LessOrEqual = 19: Test, 2, 0;
    /// Whether a is a NaN.
    IsNan = 20: FloatTest, 1, 0;
    /// Whether a is an infinity.
    IsInfinite = 21: FloatTest, 1, 0;

    /// b where a, else c.
    Select = 24: Select, 3, 0;
    /// Bits in both.
    And = 25: Integer, 2, 0;
    /// Bits in either.
    Or = 26: Integer, 2, 0;
    /// Bits in one alone.
    Xor = 27: Integer, 2, 0;
    /// The other bits.
    Not = 28: Integer, 1, 0;
    /// a · 2^b.
    ShiftLeft = 29: Integer, 2, 0;
    /// ⌊a / 2^b⌋.
    ShiftRight = 30: Integer, 2, 0;

    /// a, at least i, then at most j.
    Clip = 32: Float, 1, 2;
    /// The magnitude of a.
    Abs = 33: Number, 1, 0;
    /// −a.
    Neg = 34: Number, 1, 0;
    /// 1, −1, or of a zero and a NaN a itself.
    Sign = 35: Number, 1, 0;
    /// √a.
    Sqrt = 36: Float, 1, 0;
    /// 1 / √a, both rounded.
    Rsqrt = 37: Float, 1, 0;
    /// 1 / a.
    Reciprocal = 38: Float, 1, 0;
    /// The greatest integer that is not above a.
    Floor = 39: Float, 1, 0;
    /// The least integer that is not below a.
    Ceil = 40: Float, 1, 0;
    /// The nearest integer, ties to even.
    Round = 41: Float, 1, 0;
    /// The integer part of a.
    Trunc = 42: Float, 1, 0;
    /// e^a.
    Exp = 43: Float, 1, 0;
    /// The natural logarithm.
    Log = 44: Float, 1, 0;
    /// The hyperbolic tangent.
    Tanh = 45: Float, 1, 0;
    /// The error function.
    Erf = 46: Float, 1, 0;
    /// 1 / (1 + e^−a).
    Sigmoid = 47: Float, 1, 0;
    /// a / (1 + e^−a).
    Silu = 48: Float, 1, 0;
    /// a · (1 + erf(a / √2)) / 2.
    Gelu = 49: Float, 1, 0;
    /// GELU with a hyperbolic tangent.
    GeluTanh = 50: Float, 1, 0;
    /// a where a > 0, else i·a.
    LeakyRelu = 51: Float, 1, 1;
    /// a where a > 0, else b·a.
    PRelu = 52: Float, 2, 0;
    /// a where a > i, else 0.
    Threshold = 53: Float, 1, 1;
    /// k·a where a > 0, else i·(e^(j·a) − 1).
    Elu = 54: Float, 1, 3;
    /// ln(1 + e^a).
    Softplus = 55: Float, 1, 0;
    /// a / (1 + |a|).
    Softsign = 56: Float, 1, 0;
    /// i·a + j, at least 0, then at most 1.
    HardSigmoid = 57: Float, 1, 2;
    /// a times (a / 6 + 1/2, at least 0, at most 1).
    HardSwish = 58: Float, 1, 0;
    /// a · tanh(ln(1 + e^a)).
    Mish = 59: Float, 1, 0;
    /// a / (1 + e^(−1.702·a)).
    GeluQuick = 60: Float, 1, 0;
    /// ln(1 + a).
    Log1p = 61: Float, 1, 0;
    /// The sine.
    Sin = 64: Float, 1, 0;
    /// The cosine.
    Cos = 65: Float, 1, 0;
    /// The tangent.
    Tan = 66: Float, 1, 0;
    /// The inverse sine.
    Asin = 67: Float, 1, 0;
    /// The inverse cosine.
    Acos = 68: Float, 1, 0;
    /// The inverse tangent.
    Atan = 69: Float, 1, 0;
    /// The hyperbolic sine.
    Sinh = 70: Float, 1, 0;
    /// The hyperbolic cosine.
    Cosh = 71: Float, 1, 0;
    /// The inverse hyperbolic sine.
    Asinh = 72: Float, 1, 0;
    /// The inverse hyperbolic cosine.
    Acosh = 73: Float, 1, 0;
    /// The inverse hyperbolic tangent.
    Atanh = 74: Float, 1, 0;
}

impl Function {
    /// The number that records name it by.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Whether the result is a bool.
    pub const fn is_test(self) -> bool {
        matches!(self.domain(), Domain::Test | Domain::FloatTest)
    }
}
