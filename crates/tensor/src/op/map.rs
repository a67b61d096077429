//! One element out for one of each operand: elementwise functions, conversions, copies.

use opml_kernels::{Domain, Function, convert, copy, elementwise};

use super::{Context, Plane, Tiled};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    cost::ROW,
    element::{self, BOOL, NONE, S8, U8},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, SLOT_TABLE, opcode},
    memory::borrow_some,
};

/// What a [`Map`] does to one element of each operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// A function.
    Apply {
        /// The function.
        function: Function,
        /// Its immediates: bits of f32, of an integer function a signed word.
        immediates: [u32; 3],
    },
    /// The value, in another type.
    Convert,
    /// The bytes.
    Copy,
}

/// An elementwise operator over three dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Map {
    /// What is done.
    pub kind: MapKind,
    /// Rows `dim0·dim1`, columns `dim2`.
    pub grid: Grid,
    /// Size of the middle dimension.
    pub middle: u64,
    /// Inputs; those of a function may be `target`, and are disjoint from it else.
    pub sources: [Option<Plane>; 3],
    /// Output.
    pub target: Plane,
}

const FORM: Form =
    Form { types: [NONE; 4], flags: 0, dims: 3, tiles: 2, imms: 0, strides: [3, 0, 0, 0, 3, 0] };

/// The form of an elementwise function.
pub(crate) const fn function_form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, types, .. } = *record;
    let Some(function) = Function::from_code(sub) else {
        return Err(Refusal::Operator { op, sub });
    };
    let [a, b, ..] = types;
    let operand = if matches!(function.domain(), Domain::Select) { b } else { a };
    let Some(element) = element::scalar(operand) else { return Err(Refusal::Types(types)) };
    let fits = match function.domain() {
        Domain::Number | Domain::Test | Domain::Select => true,
        Domain::Float | Domain::FloatTest => element.is_float(),
        Domain::Integer => !element.is_float(),
    };
    if !fits {
        return Err(Refusal::Types(types));
    }
    let second = if function.arity() > 1 { 3 } else { 0 };
    let third = if function.arity() > 2 { 3 } else { 0 };
    Ok(Form {
        types: function_types(function, operand),
        imms: function.immediates(),
        strides: [3, second, third, 0, 3, 0],
        ..FORM
    })
}

/// Element types of a function of operands of type `element`.
const fn function_types(function: Function, element: u8) -> [u8; 4] {
    let second = if function.arity() > 1 { element } else { NONE };
    let third = if function.arity() > 2 { element } else { NONE };
    match function.domain() {
        Domain::Test | Domain::FloatTest => [element, second, BOOL, NONE],
        Domain::Select => [BOOL, element, element, element],
        _ => [element, second, element, third],
    }
}

/// The form of a conversion: any two types.
pub(crate) const fn conversion_form(record: &Record) -> Result<Form, Refusal> {
    let types = record.types;
    let [from, _, to, _] = types;
    if element::scalar(from).is_none() || element::scalar(to).is_none() {
        return Err(Refusal::Types(types));
    }
    Ok(Form { types: [from, NONE, to, NONE], ..FORM })
}

/// The form of a copy: any type, whose size alone counts.
pub(crate) const fn copy_form(record: &Record) -> Result<Form, Refusal> {
    let types = record.types;
    let [element, ..] = types;
    if element::scalar(element).is_none() {
        return Err(Refusal::Types(types));
    }
    Ok(Form { types: [element, NONE, element, NONE], ..FORM })
}

impl Map {
    pub(crate) fn function(context: &Context<'_>) -> Result<Self, Refusal> {
        let Record { op, sub, imm: [i, j, k, _], types: [a, b, _, c], .. } = *context.record;
        let function = Function::from_code(sub).ok_or(Refusal::Operator { op, sub })?;
        let map = Self::admit(
            context,
            MapKind::Apply { function, immediates: [i, j, k] },
            [(SLOT_A, a), (SLOT_B, b), (SLOT_TABLE, c)],
        )?;
        let [first, ..] = map.sources;
        let fits = |plane: Plane| plane.element.is_float() || plane.element.holds(i as i32);
        if function.immediates() > 0 && !first.is_some_and(fits) {
            return Err(Refusal::Immediate { index: 0, value: i });
        }
        for (slot, source) in map.sources.iter().enumerate() {
            match source {
                // Elements are read before they are written: the same ones, one by one.
                Some(source) if !source.coincides(&map.target) => {
                    source.disjoint(slot, &map.target)?;
                }
                _ => {}
            }
        }
        Ok(map)
    }

    pub(crate) fn conversion(context: &Context<'_>) -> Result<Self, Refusal> {
        Self::apart(context, MapKind::Convert)
    }

    pub(crate) fn copy(context: &Context<'_>) -> Result<Self, Refusal> {
        Self::apart(context, MapKind::Copy)
    }

    /// Operators of one input that do not work in place.
    fn apart(context: &Context<'_>, kind: MapKind) -> Result<Self, Refusal> {
        let [from, ..] = context.record.types;
        let map = Self::admit(context, kind, [(SLOT_A, from), (SLOT_B, NONE), (SLOT_TABLE, NONE)])?;
        for source in map.sources.iter().flatten() {
            source.disjoint(SLOT_A, &map.target)?;
        }
        Ok(map)
    }

    fn admit(
        context: &Context<'_>,
        kind: MapKind,
        operands: [(usize, u8); 3],
    ) -> Result<Self, Refusal> {
        let dims @ [outer, middle, columns] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        let mut sources = [None; 3];
        for (source, (slot, code)) in sources.iter_mut().zip(operands) {
            if let Some(element) = element::scalar(code) {
                *source = Some(Plane::source(context, slot, dims, element)?);
            }
        }
        let target = Plane::target(context, SLOT_OUT, dims, context.element_out()?)?;
        // Two dimensions below 2^31 each: the product fits.
        let rows = outer.saturating_mul(middle);
        let grid = Grid { rows, columns, tile_rows, tile_columns };
        Ok(Self { kind, grid, middle, sources, target })
    }

    /// Bound of the small steps of one element.
    fn element(&self) -> u64 {
        let operands = self.sources.iter().flatten().chain([&self.target]);
        let access: u64 = operands.map(Plane::access).sum();
        match self.kind {
            MapKind::Copy if self.is_contiguous() => 12,
            MapKind::Copy => 32,
            MapKind::Convert => 60 + access,
            MapKind::Apply { function, .. } if self.is_float() => access + float_steps(function),
            MapKind::Apply { .. } => access + 20,
        }
    }

    fn is_float(&self) -> bool {
        self.sources.iter().flatten().any(|source| source.element.is_float())
    }

    /// Whether the columns of a row lie side by side in every operand.
    fn is_contiguous(&self) -> bool {
        self.sources.iter().flatten().chain([&self.target]).all(Plane::is_contiguous)
    }
}

/// Bound of the small steps of a function of floats, without access to its operands.
const fn float_steps(function: Function) -> u64 {
    use Function as F;
    match function {
        F::Pow => 6000,
        F::Asin | F::Acos | F::Atan | F::Asinh | F::Acosh | F::Atanh => 3000,
        F::Sin | F::Cos | F::Tan | F::Sinh | F::Cosh => 3000,
        F::Log | F::Log1p | F::Gelu | F::Softplus | F::Mish => 1800,
        F::Erf => 1300,
        F::Tanh | F::GeluTanh => 900,
        F::Sigmoid | F::Silu | F::GeluQuick | F::HardSwish => 600,
        F::Exp | F::Elu | F::MultiplyAdd | F::Softsign | F::HardSigmoid => 400,
        F::Add | F::Sub | F::Mul | F::Div | F::Remainder => 250,
        F::Sqrt | F::Rsqrt | F::Reciprocal | F::LeakyRelu | F::PRelu => 250,
        _ => 60,
    }
}

impl Tiled for Map {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target.span
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let row = if self.kind == MapKind::Copy { 3 * ROW } else { 10 * ROW };
        rows.saturating_mul(columns.saturating_mul(self.element()).saturating_add(row))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let apart = self.sources.map(|source| source.filter(|x| !x.coincides(&self.target)));
        let spans = apart.map(|source| source.map(|source| source.span));
        let Some((sources, target)) = borrow_some(data, spans, self.target.span) else { return };
        let (first, end) = (tile.columns.start, tile.columns.end);
        let length = (end - first) as usize;
        for row in tile.rows {
            let mut x = [None; 3];
            for ((x, plane), bytes) in x.iter_mut().zip(&apart).zip(sources) {
                if let (Some(plane), Some(bytes)) = (plane, bytes) {
                    *x = Some(plane.row(bytes, self.middle, row, first));
                }
            }
            let y = self.target.row_mut(target, self.middle, row, first);
            match (self.kind, x) {
                (MapKind::Apply { function, immediates }, _) => {
                    elementwise(function, immediates, x, y, length);
                }
                (MapKind::Convert, [Some(x), ..]) => convert(x, y, length),
                (MapKind::Copy, [Some(x), ..]) => copy(x, y, length),
                _ => {}
            }
        }
    }
}

/// Operands and sizes of an elementwise function.
#[derive(Clone, Copy, Debug)]
pub struct MapSpec<'a> {
    /// The function.
    pub function: Function,
    /// Type of its operands, of a selection that of the second and third: a constant of [`element`].
    pub element: u8,
    /// Its immediates: bits of f32, of an integer function a signed word.
    pub immediates: [u32; 3],
    /// Dimensions, outermost first.
    pub dims: [u32; 3],
    /// Rows and columns per tile.
    pub tile: [u32; 2],
    /// Inputs, as many as the function has operands.
    pub x: &'a [Operand],
    /// Output; an input may be the same.
    pub out: Operand,
}

impl Record {
    /// An elementwise function over three dimensions.
    pub fn map(spec: MapSpec<'_>) -> Self {
        let MapSpec { function, element, immediates: [i, j, k], dims, tile, x, out } = spec;
        let mut record = Self::of(opcode::EW, function.code(), function_types(function, element));
        record.put(&dims, &tile);
        record.imm = [i, j, k, 0];
        for (to, from) in record.operand.iter_mut().zip(x) {
            *to = *from;
        }
        record.operand[SLOT_OUT] = out;
        record
    }

    /// Rectification of s8 at `zero_point` over three dimensions, outermost first; in place if `x` and `out` are the same.
    pub fn relu(dims: [u32; 3], tile: [u32; 2], zero_point: i8, x: Operand, out: Operand) -> Self {
        let immediates = [i32::from(zero_point) as u32, 0, 0];
        Self::map(MapSpec {
            function: Function::Relu,
            element: S8,
            immediates,
            dims,
            tile,
            x: &[x],
            out,
        })
    }

    /// Copy of bytes over three dimensions, outermost first.
    pub fn copy(dims: [u32; 3], tile: [u32; 2], x: Operand, out: Operand) -> Self {
        Self::copy_of(U8, dims, tile, x, out)
    }

    /// Copy of elements of a type over three dimensions, outermost first.
    pub fn copy_of(element: u8, dims: [u32; 3], tile: [u32; 2], x: Operand, out: Operand) -> Self {
        let types = [element, NONE, element, NONE];
        Self::of(opcode::COPY, 0, types).one_to_one(&dims, &tile, x, out)
    }

    /// Conversion of elements of type `from` to type `to` over three dimensions, outermost first.
    pub fn cast(
        [from, to]: [u8; 2],
        dims: [u32; 3],
        tile: [u32; 2],
        x: Operand,
        out: Operand,
    ) -> Self {
        Self::of(opcode::CAST, 0, [from, NONE, to, NONE]).one_to_one(&dims, &tile, x, out)
    }
}
