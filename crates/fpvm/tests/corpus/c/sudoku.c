/* A sudoku solved by trying the cell with the fewest candidates first. */
#include "corpus.h"

static u8 cells[81];
static u16 rows[9], columns[9], boxes[9];

static u16 candidates(int i) { return 0x3fe & ~(rows[i / 9] | columns[i % 9] | boxes[i / 27 * 3 + i % 9 / 3]); }

static void flip(int i, u16 bit)
{
    rows[i / 9] ^= bit;
    columns[i % 9] ^= bit;
    boxes[i / 27 * 3 + i % 9 / 3] ^= bit;
}

static int solve(u64 *tried)
{
    int best = -1, fewest = 10;
    for (int i = 0; i < 81; i++) {
        int n = 0;
        if (cells[i] != 0)
            continue;
        for (u16 c = candidates(i); c != 0; c &= c - 1)
            n++;
        if (n < fewest)
            best = i, fewest = n;
    }
    if (best < 0)
        return 1;
    for (u16 c = candidates(best); c != 0; c &= c - 1) {
        u16 bit = c & -c;
        cells[best] = __builtin_ctz(bit);
        flip(best, bit);
        ++*tried;
        if (solve(tried))
            return 1;
        flip(best, bit);
    }
    cells[best] = 0;
    return 0;
}

int program(void)
{
    static const char puzzle[] = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";
    static const char solution[] = "534678912672195348198342567859761423426853791713924856961537284287419635345286179";
    u64 tried = 0;
    for (int i = 0; i < 81; i++) {
        if (puzzle[i] == '.')
            continue;
        cells[i] = puzzle[i] - '0';
        flip(i, 1 << cells[i]);
    }
    if (!solve(&tried))
        return 1;
    put(tried);
    put_bytes(cells, sizeof cells);
    for (int i = 0; i < 81; i++)
        if (cells[i] != solution[i] - '0')
            return 2;
    return 0;
}
