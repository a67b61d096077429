/* A stack machine that is dispatched once by a switch and once by computed gotos. */
#include "corpus.h"

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, OVER, JUMP_IF, DROP, LESS, OUT, HALT };

/* Writes n² and n³ for n = 1, 2, … while n³ < 90000. */
static const i8 code[] = { PUSH, 1, DUP, DUP, MUL, DUP, OUT, OVER, MUL, DUP, OUT, PUSH, 100, DUP, MUL, PUSH, 9, MUL, LESS, SWAP, PUSH, 1, ADD, SWAP, JUMP_IF, 2, HALT };

static void by_switch(void)
{
    i64 stack[16], *top = stack, t;
    for (const i8 *pc = code;;) {
        switch (*pc++) {
        case PUSH: *top++ = *pc++; break;
        case ADD: top--, top[-1] += top[0]; break;
        case SUB: top--, top[-1] -= top[0]; break;
        case MUL: top--, top[-1] *= top[0]; break;
        case DUP: *top = top[-1], top++; break;
        case SWAP: t = top[-1], top[-1] = top[-2], top[-2] = t; break;
        case OVER: *top = top[-2], top++; break;
        case JUMP_IF: pc = *--top != 0 ? code + *pc : pc + 1; break;
        case DROP: top--; break;
        case LESS: top--, top[-1] = top[-1] < top[0]; break;
        case OUT: put(top[-1]); break;
        default: return;
        }
    }
}

static void by_goto(void)
{
    static const void *const targets[] = { &&push, &&add, &&sub, &&mul, &&dup, &&swap, &&over, &&jump_if, &&drop, &&less, &&out, &&halt };
    i64 stack[16], *top = stack, t;
    const i8 *pc = code;
#define NEXT goto *targets[(u8)*pc++]
    NEXT;
push: *top++ = *pc++; NEXT;
add: top--, top[-1] += top[0]; NEXT;
sub: top--, top[-1] -= top[0]; NEXT;
mul: top--, top[-1] *= top[0]; NEXT;
dup: *top = top[-1], top++; NEXT;
swap: t = top[-1], top[-1] = top[-2], top[-2] = t; NEXT;
over: *top = top[-2], top++; NEXT;
jump_if: pc = *--top != 0 ? code + *pc : pc + 1; NEXT;
drop: top--; NEXT;
less: top--, top[-1] = top[-1] < top[0]; NEXT;
out: put(top[-1]); NEXT;
halt:;
}

int program(void)
{
    by_switch();
    by_goto();
    return 0;
}
