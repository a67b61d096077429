/* An interpreter of Brainfuck; the program that it runs writes "Hello World!". */
#include "corpus.h"

static const char code[] = "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++.";

int program(void)
{
    static u8 tape[256];
    u8 *cell = tape;
    char out[32];
    u64 written = 0;
    for (const char *pc = code; *pc != 0; pc++) {
        int depth = 0;
        switch (*pc) {
        case '>': cell++; break;
        case '<': cell--; break;
        case '+': ++*cell; break;
        case '-': --*cell; break;
        case '.': out[written++] = *cell; break;
        case '[':
        case ']':
            if ((*cell != 0) == (*pc == '['))
                break;
            do {
                depth += (*pc == '[') - (*pc == ']');
                pc += depth > 0 ? 1 : -1;
            } while (depth != 0);
            break;
        }
    }
    put_bytes(out, written);
    put_bytes(tape, sizeof tape);
    return written != 13 || memcmp(out, "Hello World!\n", 13) != 0;
}
