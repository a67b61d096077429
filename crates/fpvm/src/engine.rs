//! Which of the implementations of the step runs a machine. They agree on every state and every count.

use opml_memory::{Memory, PageCache};

#[cfg(all(feature = "jit", target_arch = "x86_64"))]
use crate::jit::{Session, host};
use crate::{Cpu, State, interpreter::Interpreter, pool::Pool};

/// How many steps [`Engine::Auto`] interprets before it looks for compiled code.
#[cfg(all(feature = "jit", target_arch = "x86_64"))]
const WARM_UP: u64 = 1 << 14;
/// How often a block begins before [`Engine::Auto`] compiles it. Compiling the region of a block takes
/// tens of milliseconds, in which the interpreter runs millions of steps.
#[cfg(all(feature = "jit", target_arch = "x86_64"))]
const HOT_AFTER: u32 = 1 << 10;

/// What earlier runs decoded.
static INTERPRETERS: Pool<Interpreter> = Pool::new();

/// What runs a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The interpreter, and the compiler for what turns out to be hot in a long run.
    #[default]
    Auto,
    /// The compiler from the first step on, where there is one; else the interpreter.
    Jit {
        /// How often a block begins before it is compiled; 0: all code is compiled before it runs.
        hot_after: u32,
    },
    /// The interpreter.
    Interpreter,
    /// One [`step`](crate::step()) after the other, on the memory itself.
    Reference,
}

/// Returns why [`Engine::Jit`] interprets on this host, if it does.
pub fn jit_unavailable() -> Option<String> {
    #[cfg(all(feature = "jit", target_arch = "x86_64"))]
    return host().err().map(ToString::to_string);
    #[cfg(not(all(feature = "jit", target_arch = "x86_64")))]
    Some("the compiler is for x86-64 and the feature `jit`".into())
}

/// An engine in use by one machine, which it may run several times with other memory contents
/// outside the text.
#[derive(Debug)]
pub(crate) struct Runner {
    engine: Engine,
    #[cfg(all(feature = "jit", target_arch = "x86_64"))]
    session: Option<Session>,
    /// Steps to interpret before a session is opened.
    #[cfg(all(feature = "jit", target_arch = "x86_64"))]
    cold: u64,
    #[cfg(all(feature = "jit", target_arch = "x86_64"))]
    hot_after: u32,
}

impl Runner {
    pub(crate) const fn new(engine: Engine) -> Self {
        #[cfg(all(feature = "jit", target_arch = "x86_64"))]
        let (cold, hot_after) = match engine {
            Engine::Auto => (WARM_UP, HOT_AFTER),
            Engine::Jit { hot_after } => (0, hot_after),
            Engine::Interpreter | Engine::Reference => (u64::MAX, 0),
        };
        Self {
            engine,
            #[cfg(all(feature = "jit", target_arch = "x86_64"))]
            session: None,
            #[cfg(all(feature = "jit", target_arch = "x86_64"))]
            cold,
            #[cfg(all(feature = "jit", target_arch = "x86_64"))]
            hot_after,
        }
    }

    /// Runs until the machine stops, but at most `max_steps` steps. Returns how many were run.
    pub(crate) fn run(&mut self, state: &mut State, max_steps: u64) -> u64 {
        if self.engine == Engine::Reference {
            return by_steps(state, max_steps);
        }
        let State { cpu, memory } = state;
        INTERPRETERS.with(memory, |interpreter, memory| {
            let mut left = max_steps;
            while left > 0 && cpu.exit == 0 {
                left -= self.advance(interpreter, cpu, memory, left);
            }
            max_steps - left
        })
    }

    #[cfg(all(feature = "jit", target_arch = "x86_64"))]
    fn advance(
        &mut self,
        interpreter: &mut Interpreter,
        cpu: &mut Cpu,
        memory: &mut Memory,
        max_steps: u64,
    ) -> u64 {
        if self.session.is_none() && self.engine == Engine::Auto {
            self.session = Session::existing(memory, self.hot_after);
        }
        if self.session.is_none() && self.cold == 0 {
            self.session = Session::new(memory, self.hot_after).ok();
        }
        let mut cache = PageCache::new(memory);
        if let Some(session) = &self.session {
            return session.run(interpreter, cpu, &mut cache, max_steps);
        }
        if self.cold == 0 {
            // There is no compiler.
            self.cold = u64::MAX;
        }
        let steps = interpreter.run(cpu, &mut cache, max_steps.min(self.cold));
        self.cold -= steps;
        steps
    }

    #[cfg(not(all(feature = "jit", target_arch = "x86_64")))]
    fn advance(
        &mut self,
        interpreter: &mut Interpreter,
        cpu: &mut Cpu,
        memory: &mut Memory,
        max_steps: u64,
    ) -> u64 {
        interpreter.run(cpu, &mut PageCache::new(memory), max_steps)
    }
}

fn by_steps(state: &mut State, max_steps: u64) -> u64 {
    let mut done = 0;
    while done < max_steps && !state.exited() {
        state.step();
        done += 1;
    }
    done
}
