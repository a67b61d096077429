//! Runs a machine on compiled code, and on the interpreter where there is none.

use std::{convert::Infallible, sync::Arc};

use opml_memory::{Memory, PageCache};

use super::{
    context::{Context, Stop},
    host::Unavailable,
    library::{code_map, existing},
    map::CodeMap,
};
use crate::{Cpu, Instruction, Ram, interpreter::Interpreter, pool::TEXT_HEIGHT};

/// A machine's use of the code of its text.
#[derive(Debug)]
pub(crate) struct Session {
    map: Arc<CodeMap>,
    hot_after: u32,
}

impl Session {
    /// Opens the code of the text of `memory`. More is made at blocks that begin more than `hot_after`
    /// times.
    pub(crate) fn new(memory: &Memory, hot_after: u32) -> Result<Self, &'static Unavailable> {
        Ok(Self { map: code_map(memory.node(TEXT_HEIGHT, 0))?, hot_after })
    }

    /// Opens the code of the text of `memory` if there already is some.
    pub(crate) fn existing(memory: &Memory, hot_after: u32) -> Option<Self> {
        Some(Self { map: existing(memory.node(TEXT_HEIGHT, 0))?, hot_after })
    }

    /// Runs until the machine stops, but at most `max_steps` steps. Returns how many were run.
    pub(crate) fn run(
        &self,
        interpreter: &mut Interpreter,
        cpu: &mut Cpu,
        cache: &mut PageCache<'_>,
        max_steps: u64,
    ) -> u64 {
        let mut context = Context::new(*cpu, cache);
        let mut left = max_steps;
        while left > 0 && context.cpu.exit == 0 {
            left = match self.code(&mut context) {
                // SAFETY: the map holds code of regions only, and lives as long as `self`.
                Some(code) => unsafe { self.map.host().enter(&mut context, left, code) },
                None => {
                    context.stop = Stop::Interpret;
                    left
                }
            };
            if context.cpu.exit != 0 {
                context.cpu = Cpu::exited(context.cpu.exit);
                break;
            }
            let Context { cpu, cache, stop, .. } = &mut context;
            left -= match stop {
                Stop::NoCode => 0,
                Stop::Interpret => interpreter.run_block(cpu, cache, left),
                Stop::Steps => interpreter.run(cpu, cache, left),
            };
            context.forget();
        }
        *cpu = context.cpu;
        max_steps - left
    }

    fn code(&self, context: &mut Context<'_, '_>) -> Option<usize> {
        let Cpu { pc, next_pc, .. } = context.cpu;
        if next_pc != pc.wrapping_add(4) {
            return None;
        }
        self.map.entry(pc, self.hot_after, |pc| fetch(context.cache, pc))
    }
}

fn fetch(cache: &mut PageCache<'_>, pc: u64) -> Option<Instruction> {
    let Ok::<_, Infallible>(instruction) = cache.fetch(pc);
    instruction
}
