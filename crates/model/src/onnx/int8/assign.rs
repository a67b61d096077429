//! Which buffers hold bytes.

use std::collections::BTreeMap;

use opml_kernels::Function;
use opml_tensor::{element, opcode};

use super::{
    Int8Report,
    calibrate::Ranges,
    contraction::Contraction,
    scale::{Range, Scale},
};
use crate::onnx::{
    program::{Content, OUT, Program, Step},
    value::BufferId,
};

/// What a record is to the program of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Computes in bytes.
    Contraction(Contraction),
    /// Gives bytes the places of others, or the greatest of some, at the same scale.
    Movement,
    /// Stays as it is.
    Float,
}

/// The roles of all records, and the buffers that hold bytes.
#[derive(Debug)]
pub(super) struct Roles {
    pub(super) roles: Vec<Role>,
    groups: Groups,
    /// Whether a group holds bytes, by its first buffer.
    bytes: Vec<bool>,
    contractions: usize,
}

impl Roles {
    /// Whether a buffer holds bytes.
    pub(super) fn in_bytes(&self, id: BufferId) -> bool {
        self.bytes.get(self.groups.first(id).0).copied().unwrap_or(false)
    }

    /// The scale of every buffer that holds bytes.
    pub(super) fn scales(&self, ranges: &Ranges) -> BTreeMap<BufferId, Scale> {
        let mut groups: BTreeMap<BufferId, Range> = BTreeMap::new();
        for (id, range) in ranges {
            let all = groups.entry(self.groups.first(*id)).or_default();
            *all = all.union(*range);
        }
        let ids = (0..self.bytes.len()).map(BufferId).filter(|id| self.in_bytes(*id));
        ids.map(|id| {
            let range = groups.get(&self.groups.first(id)).copied().unwrap_or_default();
            (id, Scale::of(range))
        })
        .collect()
    }

    pub(super) fn report(&self) -> Int8Report {
        let quantised =
            self.roles.iter().filter(|role| matches!(role, Role::Contraction(_))).count();
        Int8Report { quantised, kept: self.contractions - quantised }
    }
}

/// Gives every record the best role that the records around it allow.
pub(super) fn assign(program: &Program) -> Roles {
    let mut roles: Vec<Role> = program.steps.iter().map(|step| role(program, step)).collect();
    let contractions = roles.iter().filter(|role| matches!(role, Role::Contraction(_))).count();
    loop {
        let mut groups = Groups::new(program.buffers.len());
        let mut wanted = vec![false; program.buffers.len()];
        for (step, role) in program.steps.iter().zip(&roles) {
            if *role == Role::Movement
                && let Some([x, out]) = ends(step)
                && program.constant(x).is_none()
            {
                groups.join(x, out);
            }
        }
        for (step, role) in program.steps.iter().zip(&roles) {
            if let (Role::Contraction(_), Some([x, out])) = (role, ends(step)) {
                for id in [x, out] {
                    wanted[groups.first(id).0] = true;
                }
            }
        }
        let unfit = unfit(program, &roles, &groups);
        let mut changed = false;
        for (step, role) in program.steps.iter().zip(&mut roles) {
            let touches = |id: BufferId| unfit.get(groups.first(id).0).copied().unwrap_or(true);
            if let (Role::Contraction(_), Some([x, out])) = (*role, ends(step))
                && (touches(x) || touches(out))
            {
                (*role, changed) = (Role::Float, true);
            }
        }
        if !changed {
            let bytes = wanted.iter().zip(&unfit).map(|(wanted, unfit)| *wanted && !unfit);
            return Roles { roles, bytes: bytes.collect(), groups, contractions };
        }
    }
}

fn role(program: &Program, step: &Step) -> Role {
    let record = &step.record;
    let scratch = |id: BufferId| {
        matches!(program.buffers.get(id.0).map(|buffer| &buffer.content), Some(Content::Scratch))
    };
    let Some([x, _]) = ends(step).filter(|[_, out]| scratch(*out)) else { return Role::Float };
    if let Some(contraction) = Contraction::of(program, step) {
        return Role::Contraction(contraction);
    }
    let [of, _, to, _] = record.types;
    let rectifies =
        record.op == opcode::EW && record.sub == Function::Relu.code() && record.imm == [0; 4];
    let moves = matches!(record.op, opcode::COPY | opcode::POOL) || rectifies;
    let constant = program.constant(x).is_some() && record.op == opcode::COPY;
    if [of, to] == [element::F32; 2] && moves && (scratch(x) || constant) {
        Role::Movement
    } else {
        Role::Float
    }
}

/// The first source and the target of a record.
pub(super) fn ends(step: &Step) -> Option<[BufferId; 2]> {
    Some([step.buffers[0]?, step.buffers[OUT]?])
}

/// Groups that cannot hold bytes: somebody reads or writes them as something else than f32, or records of f32 write only parts of a buffer.
fn unfit(program: &Program, roles: &[Role], groups: &Groups) -> Vec<bool> {
    let mut unfit = vec![false; program.buffers.len()];
    let mut writers: BTreeMap<BufferId, (usize, usize)> = BTreeMap::new();
    for (step, role) in program.steps.iter().zip(roles) {
        for (slot, kind) in [(0, 0), (1, 1), (OUT, 2)] {
            if let (Some(id), Some(kind)) = (step.buffers[slot], step.record.types.get(kind))
                && *kind != element::F32
            {
                unfit[groups.first(id).0] = true;
            }
        }
        if let Some(out) = step.buffers[OUT] {
            let (all, float) = writers.entry(out).or_default();
            *all += 1;
            *float += usize::from(*role == Role::Float);
        }
    }
    for (id, (all, float)) in writers {
        if float > 0 && all > 1 {
            unfit[groups.first(id).0] = true;
        }
    }
    unfit
}

/// Buffers joined to groups that have one scale.
#[derive(Debug)]
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    /// The buffer that stands for the group of `id`.
    fn first(&self, id: BufferId) -> BufferId {
        let mut at = id.0;
        while let Some(parent) = self.parents.get(at).copied().filter(|parent| *parent != at) {
            at = parent;
        }
        BufferId(at)
    }

    fn join(&mut self, a: BufferId, b: BufferId) {
        let (a, b) = (self.first(a).0, self.first(b).0);
        if let Some(parent) = self.parents.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }
}
