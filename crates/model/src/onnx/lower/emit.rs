//! The primitives that most operators are made of.

use opml_kernels::{Domain, Function};
use opml_tensor::{MapSpec, Operand, Record};

use super::{Lowering, Reason, refuse};
use crate::onnx::{
    Element, Tensor,
    import::constant,
    program::{Content, OUT, Step},
    tensor::{elements, integer, number},
    value::{BufferId, Inner, Loops, Value, broadcast_shape, row_major},
};

/// Most elements of a constant that are looked at.
const MAX_READ: u64 = 1 << 16;
/// Most records that one copy or elementwise operator may come to.
const MAX_RECORDS: u64 = 4096;

/// How a record is cut and placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// Tile columns are a multiple of this.
    pub(super) granule: u32,
    /// Whether the output may take the place of an input.
    pub(super) in_place: bool,
}

impl Lowering<'_> {
    /// A new buffer for a row-major tensor.
    pub(super) fn scratch(&mut self, element: Element, shape: &[u64]) -> Result<Value, Reason> {
        let count =
            elements(shape).ok_or_else(|| Reason::new(format!("a tensor of shape {shape:?}")))?;
        let buffer = self.program.buffer(count * element.bytes(), Content::Scratch);
        Ok(Value::dense(element, shape, buffer))
    }

    /// A new buffer whose elements lie in the order of the first of `models` that has the shape, so that an image that lies pixel
    /// by pixel stays so.
    pub(super) fn scratch_like(
        &mut self,
        element: Element,
        shape: &[u64],
        models: &[&Value],
    ) -> Result<Value, Reason> {
        let value = self.scratch(element, shape)?;
        let order = models.iter().find(|model| model.shape == shape && !model.strides.contains(&0));
        let Some(order) = order.map(|model| model.memory_order()) else { return Ok(value) };
        let ordered: Vec<u64> = order.iter().filter_map(|axis| shape.get(*axis).copied()).collect();
        let mut strides = value.strides.clone();
        for (axis, stride) in order.into_iter().zip(row_major(&ordered, element.bytes())) {
            if let Some(to) = strides.get_mut(axis) {
                *to = stride;
            }
        }
        Ok(Value { strides, ..value })
    }

    /// A constant of f32 elements.
    pub(super) fn floats(&mut self, shape: &[u64], values: &[f32]) -> Value {
        self.table(Element::F32, shape, values.iter().flat_map(|x| x.to_le_bytes()))
    }

    /// A constant of integers, cut to the width of their type.
    pub(super) fn whole(&mut self, element: Element, shape: &[u64], values: &[i64]) -> Value {
        let size = element.bytes() as usize;
        let bytes = values.iter().flat_map(|x| x.to_le_bytes().into_iter().take(size));
        self.table(element, shape, bytes)
    }

    fn table(&mut self, element: Element, shape: &[u64], bytes: impl Iterator<Item = u8>) -> Value {
        let size = elements(shape).unwrap_or(0) * element.bytes();
        if !self.program.charge(size) {
            // The import ends with this node.
            let buffer = self.program.buffer(size, Content::Scratch);
            return Value::dense(element, shape, buffer);
        }
        let bytes: Vec<u8> = bytes.collect();
        let tensor = Tensor { element, shape: shape.to_vec(), bytes: bytes.into() };
        constant(&mut self.program, &tensor)
    }

    /// A single number of any type, rounded to it.
    pub(super) fn scalar(&mut self, element: Element, value: f32) -> Result<Value, Reason> {
        if element.is_float() {
            let scalar = self.floats(&[], &[value]);
            return self.cast(&scalar, element);
        }
        Ok(self.whole(element, &[], &[value as i64]))
    }

    /// The elements of a constant, in row-major order, each through `read`.
    fn read<T>(&self, value: &Value, read: impl Fn(&[u8]) -> T) -> Option<Vec<T>> {
        let count = value.count();
        if count == 0 {
            return Some(Vec::new());
        }
        let bytes = self.program.constant(value.buffer)?;
        if count > MAX_READ {
            return None;
        }
        let size = value.element.bytes();
        let mut offsets = vec![value.offset];
        for (dim, stride) in value.shape.iter().zip(&value.strides) {
            offsets = offsets
                .iter()
                .flat_map(|offset| (0..*dim).map(move |index| offset + index * stride))
                .collect();
        }
        let element = |offset: u64| bytes.get(offset as usize..(offset + size) as usize);
        offsets.into_iter().map(|offset| element(offset).map(&read)).collect()
    }

    /// The integers of a value that decides a shape, which must be known at import.
    pub(crate) fn integers(&self, value: &Value, what: &str) -> Result<Vec<i64>, Reason> {
        if value.element.is_float() {
            return refuse(format!("{what} is no integer"));
        }
        self.read(value, |bytes| integer(value.element, bytes)).ok_or_else(|| open(value, what))
    }

    /// The numbers of a value that must be known at import, as f32.
    pub(super) fn numbers(&self, value: &Value, what: &str) -> Result<Vec<f32>, Reason> {
        let read = |bytes: &[u8]| number(value.element, bytes) as f32;
        self.read(value, read).ok_or_else(|| open(value, what))
    }

    /// The only number of a value that must be known at import.
    pub(super) fn number(&self, value: &Value, what: &str) -> Result<f32, Reason> {
        match self.numbers(value, what)?.as_slice() {
            [number] => Ok(*number),
            numbers => refuse(format!("{what} has {} elements", numbers.len())),
        }
    }

    /// The only integer of a value that must be known at import.
    pub(super) fn int(&self, value: &Value, what: &str) -> Result<i64, Reason> {
        match self.integers(value, what)?.as_slice() {
            [number] => Ok(*number),
            numbers => refuse(format!("{what} has {} elements", numbers.len())),
        }
    }

    /// Appends a record whose operands count from the start of their buffers.
    pub(super) fn emit(&mut self, record: Record, slots: &[(usize, BufferId)], how: How) {
        let mut buffers = [None; 6];
        for (slot, buffer) in slots {
            if let Some(to) = buffers.get_mut(*slot) {
                *to = Some(*buffer);
            }
        }
        let How { granule, in_place } = how;
        self.program.emit(Step { record, buffers, node: self.program.node, granule, in_place });
    }

    /// Copies the elements of `from` to those of `to`, which has the same shape and type.
    pub(crate) fn copy(&mut self, from: &Value, to: &Value) -> Result<(), Reason> {
        let element = to.element.code();
        self.map(&[from], to, false, |dims, tile, x, out| match x {
            [x] => Record::copy_of(element, dims, tile, *x, out),
            _ => Record::default(),
        })
    }

    /// Copies a value to the output from byte `start` on, wherever that is.
    pub(crate) fn deliver(&mut self, value: &Value, start: u64) -> Result<(), Reason> {
        let bytes = value.count() * value.element.bytes();
        let buffer = self.program.buffer(bytes, Content::Output(start));
        if start.is_multiple_of(value.element.bytes().min(4)) {
            return self.copy(value, &Value::dense(value.element, &value.shape, buffer));
        }
        let dense = self.dense(value)?;
        let source =
            Value { offset: dense.offset, ..Value::dense(Element::U8, &[bytes], dense.buffer) };
        self.copy(&source, &Value::dense(Element::U8, &[bytes], buffer))
    }

    /// Emits records over all elements of `out` and of `inputs`, which have the same shape.
    fn map(
        &mut self,
        inputs: &[&Value],
        out: &Value,
        in_place: bool,
        record: impl Fn([u32; 3], [u32; 2], &[Operand], Operand) -> Record,
    ) -> Result<(), Reason> {
        if out.count() == 0 {
            return Ok(());
        }
        let mut views = vec![out.clone()];
        for input in inputs {
            views.push(self.aligned(input)?);
        }
        let borrowed: Vec<&Value> = views.iter().collect();
        let loops = Loops::over(&borrowed);
        check_count(loops.record_count(3))?;
        let slots = [OUT, 0, 1, 2];
        let buffers: Vec<(usize, BufferId)> =
            slots.into_iter().zip(&views).map(|(slot, view)| (slot, view.buffer)).collect();
        for inner in loops.records::<3>() {
            let dims @ [outer, middle, columns] = narrow(inner.dims)?;
            let rows = u64::from(outer) * u64::from(middle);
            let tile = [u32::try_from(rows.min(i32::MAX as u64)).unwrap_or(1), columns];
            let operands = operands(&views, &inner)?;
            let [target, sources @ ..] = operands.as_slice() else { continue };
            let record = record(dims, tile, sources, *target);
            self.emit(record, &buffers, How { granule: 1, in_place });
        }
        Ok(())
    }

    /// Emits records over all axes but `at`, which the operator itself walks: `views` are the output and the inputs in slots 0, 1 and
    /// 2. `record` is given the other two dimensions; operands have the stride of `at` at `place` of their three.
    pub(super) fn along(
        &mut self,
        views: &[&Value],
        at: usize,
        place: usize,
        record: impl Fn([u32; 2], &[Operand]) -> Record,
    ) -> Result<(), Reason> {
        let mut aligned = Vec::new();
        for view in views {
            aligned.push(self.aligned(view)?);
        }
        let views: Vec<&Value> = aligned.iter().collect();
        let order = views.first().map(|view| view.memory_order()).unwrap_or_default();
        let axes: Vec<usize> = order.into_iter().filter(|axis| *axis != at).collect();
        let loops = Loops::along(&views, &axes);
        check_count(loops.record_count(2))?;
        let slots = [OUT, 0, 1, 2];
        let buffers: Vec<(usize, BufferId)> =
            slots.into_iter().zip(&views).map(|(slot, view)| (slot, view.buffer)).collect();
        for inner in loops.records::<2>() {
            let dims = narrow(inner.dims)?;
            let mut operands = Vec::new();
            for ((view, [outer, rest]), offset) in
                views.iter().zip(&inner.strides).zip(&inner.offsets)
            {
                let step = view.strides.get(at).copied().unwrap_or(0);
                let strides =
                    if place == 1 { [*outer, step, *rest] } else { [*outer, *rest, step] };
                operands.push(Operand::at(view.offset + offset, narrow(strides)?));
            }
            let record = record(dims, &operands);
            self.emit(record, &buffers, How { granule: 1, in_place: false });
        }
        Ok(())
    }

    /// The value at an address that is a multiple of its element's size: parts of the input may lie at any.
    pub(super) fn aligned(&mut self, value: &Value) -> Result<Value, Reason> {
        let Some(Content::Input { start, .. }) =
            self.program.buffers.get(value.buffer.0).map(|buffer| &buffer.content)
        else {
            return Ok(value.clone());
        };
        let size = value.element.bytes().min(4);
        if (start + value.offset).is_multiple_of(size) {
            return Ok(value.clone());
        }
        // The whole input, byte by byte.
        let Some(bytes) = self.program.buffers.get(value.buffer.0).map(|buffer| buffer.bytes)
        else {
            return Ok(value.clone());
        };
        let copy = self.scratch(Element::U8, &[bytes])?;
        let source = Value::dense(Element::U8, &[bytes], value.buffer);
        self.copy(&source, &copy)?;
        Ok(Value { buffer: copy.buffer, ..value.clone() })
    }

    /// The value in row-major order without gaps.
    pub(super) fn dense(&mut self, value: &Value) -> Result<Value, Reason> {
        if value.is_dense() {
            return self.aligned(value);
        }
        let copy = self.scratch(value.element, &value.shape)?;
        self.copy(value, &copy)?;
        Ok(copy)
    }

    /// The same elements under another shape: a view where strides can express it.
    pub(super) fn reshape(&mut self, value: &Value, shape: &[u64]) -> Result<Value, Reason> {
        if elements(shape) != Some(value.count()) {
            return refuse(format!("{:?} elements in shape {shape:?}", value.shape));
        }
        if let Some(view) = value.reshaped(shape) {
            return Ok(view);
        }
        let dense = self.dense(value)?;
        dense.reshaped(shape).ok_or_else(|| Reason::new(format!("a tensor of shape {shape:?}")))
    }

    /// `function` of operands of one type, broadcast against each other.
    pub(super) fn elementwise(
        &mut self,
        function: Function,
        immediates: [u32; 3],
        inputs: &[&Value],
    ) -> Result<Value, Reason> {
        let shape = broadcast_shape(inputs.iter().map(|input| input.shape.as_slice()))
            .ok_or_else(|| mismatch(inputs))?;
        let element = inputs.first().map_or(Element::F32, |input| input.element);
        let result = match function.domain() {
            Domain::Test | Domain::FloatTest => Element::Bool,
            Domain::Select => inputs.get(1).map_or(element, |input| input.element),
            _ => element,
        };
        let mut views = Vec::new();
        for input in inputs {
            views.push(input.broadcast(&shape).ok_or_else(|| mismatch(inputs))?);
        }
        let views: Vec<&Value> = views.iter().collect();
        let out = self.scratch_like(result, &shape, &views)?;
        let operand = if function.domain() == Domain::Select { result } else { element };
        let element = operand.code();
        self.map(&views, &out, true, |dims, tile, x, out| {
            Record::map(MapSpec { function, element, immediates, dims, tile, x, out })
        })?;
        Ok(out)
    }

    pub(super) fn unary(&mut self, function: Function, x: &Value) -> Result<Value, Reason> {
        self.elementwise(function, [0; 3], &[x])
    }

    pub(super) fn binary(
        &mut self,
        function: Function,
        a: &Value,
        b: &Value,
    ) -> Result<Value, Reason> {
        if a.element != b.element {
            return refuse(format!("operands of types {:?} and {:?}", a.element, b.element));
        }
        self.elementwise(function, [0; 3], &[a, b])
    }

    /// `a` where `condition`, else `b`.
    pub(super) fn select(
        &mut self,
        condition: &Value,
        a: &Value,
        b: &Value,
    ) -> Result<Value, Reason> {
        if a.element != b.element || condition.element != Element::Bool {
            let types = (condition.element, a.element, b.element);
            return refuse(format!("operands of types {types:?}"));
        }
        self.elementwise(Function::Select, [0; 3], &[condition, a, b])
    }

    /// The value as elements of another type.
    pub(super) fn cast(&mut self, value: &Value, to: Element) -> Result<Value, Reason> {
        if value.element == to {
            return Ok(value.clone());
        }
        if value.element.code() == to.code() {
            return Ok(Value { element: to, ..value.clone() });
        }
        let out = self.scratch_like(to, &value.shape, &[value])?;
        let types = [value.element.code(), to.code()];
        self.map(&[value], &out, false, |dims, tile, x, out| match x {
            [x] => Record::cast(types, dims, tile, *x, out),
            _ => Record::default(),
        })?;
        Ok(out)
    }

    /// The value as f32, which the operators on rows and the contractions take.
    pub(super) fn float(&mut self, value: &Value) -> Result<Value, Reason> {
        if !value.element.is_float() {
            return refuse(format!("elements of type {:?}", value.element));
        }
        self.cast(value, Element::F32)
    }

    /// A tensor of copies of one number.
    pub(super) fn filled(
        &mut self,
        element: Element,
        shape: &[u64],
        value: f32,
    ) -> Result<Value, Reason> {
        let scalar = self.scalar(element, value)?;
        scalar.broadcast(shape).ok_or_else(|| Reason::new("a shape"))
    }
}

fn open(value: &Value, what: &str) -> Reason {
    Reason { text: format!("{what} must be known at import"), open: Some(value.buffer) }
}

fn mismatch(inputs: &[&Value]) -> Reason {
    let shapes: Vec<_> = inputs.iter().map(|input| &input.shape).collect();
    Reason::new(format!("shapes {shapes:?} do not fit each other"))
}

/// The operands of a record, in the order of `views`.
fn operands(views: &[Value], inner: &Inner<3>) -> Result<Vec<Operand>, Reason> {
    let parts = views.iter().zip(&inner.strides).zip(&inner.offsets);
    parts
        .map(|((view, strides), offset)| Ok(Operand::at(view.offset + offset, narrow(*strides)?)))
        .collect()
}

fn check_count(records: u64) -> Result<(), Reason> {
    if records > MAX_RECORDS {
        return refuse(format!("{records} records for one operator, at most {MAX_RECORDS}"));
    }
    Ok(())
}

/// Sizes or strides as a record holds them.
pub(super) fn narrow<const N: usize>(values: [u64; N]) -> Result<[u32; N], Reason> {
    let mut words = [0; N];
    for (word, value) in words.iter_mut().zip(values) {
        *word = u32::try_from(value)
            .map_err(|_| Reason::new(format!("a size or stride of {value} bytes")))?;
    }
    Ok(words)
}
