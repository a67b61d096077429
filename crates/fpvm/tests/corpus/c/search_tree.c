/* A left-leaning red-black tree: insertions, look-ups, a walk in order, and its balance. */
#include "corpus.h"

struct node { u32 key, value; u16 left, right; u8 red; };

static struct node nodes[512];
static u16 used = 1;

static u16 turn_left(u16 h)
{
    u16 x = nodes[h].right;
    nodes[h].right = nodes[x].left;
    nodes[x].left = h;
    nodes[x].red = nodes[h].red;
    nodes[h].red = 1;
    return x;
}

static u16 turn_right(u16 h)
{
    u16 x = nodes[h].left;
    nodes[h].left = nodes[x].right;
    nodes[x].right = h;
    nodes[x].red = nodes[h].red;
    nodes[h].red = 1;
    return x;
}

static u16 insert(u16 h, u32 key, u32 value)
{
    if (h == 0) {
        nodes[used] = (struct node){ key, value, 0, 0, 1 };
        return used++;
    }
    struct node *n = &nodes[h];
    if (key < n->key)
        n->left = insert(n->left, key, value);
    else if (key > n->key)
        n->right = insert(n->right, key, value);
    else
        n->value = value;
    if (nodes[n->right].red && !nodes[n->left].red)
        h = turn_left(h), n = &nodes[h];
    if (nodes[n->left].red && nodes[nodes[n->left].left].red)
        h = turn_right(h), n = &nodes[h];
    if (nodes[n->left].red && nodes[n->right].red)
        n->red = 1, nodes[n->left].red = nodes[n->right].red = 0;
    return h;
}

static u32 previous;

/* Number of black nodes on every way down; -1 if that or the order differs. */
static int check(u16 h)
{
    if (h == 0)
        return 0;
    int left = check(nodes[h].left);
    if (nodes[h].key < previous)
        return -1;
    previous = nodes[h].key;
    put((u64)previous << 32 | nodes[h].value);
    int right = check(nodes[h].right);
    return left < 0 || left != right ? -1 : left + !nodes[h].red;
}

int program(void)
{
    u16 root = 0;
    for (u32 i = 0; i < 400; i++) {
        u64 x = next_random();
        root = insert(root, i < 100 ? i : x % 1000, x >> 40);
        nodes[root].red = 0;
    }
    int height = check(root);
    put(height);
    return height < 5 || height > 9;
}
