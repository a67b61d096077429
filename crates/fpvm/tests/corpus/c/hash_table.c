/* An open hash table with Robin Hood insertion and deletion by shifting back. */
#include "corpus.h"

enum { SLOTS = 256 };

static u64 keys[SLOTS], values[SLOTS];

static u64 home(u64 key) { return key * 0x9e3779b97f4a7c15 >> 56; }
static u64 distance(u64 key, u64 slot) { return (slot - home(key)) % SLOTS; }

static void insert(u64 key, u64 value)
{
    for (u64 slot = home(key);; slot = (slot + 1) % SLOTS) {
        if (keys[slot] == 0 || keys[slot] == key) {
            keys[slot] = key, values[slot] = value;
            return;
        }
        if (distance(keys[slot], slot) < distance(key, slot)) {
            u64 k = keys[slot], v = values[slot];
            keys[slot] = key, values[slot] = value;
            key = k, value = v;
        }
    }
}

static u64 find(u64 key)
{
    u64 slot = home(key);
    while (keys[slot] != 0 && keys[slot] != key && distance(keys[slot], slot) >= distance(key, slot))
        slot = (slot + 1) % SLOTS;
    return keys[slot] == key ? slot : SLOTS;
}

static void erase(u64 slot)
{
    for (u64 next; next = (slot + 1) % SLOTS, keys[next] != 0 && distance(keys[next], next) != 0; slot = next)
        keys[slot] = keys[next], values[slot] = values[next];
    keys[slot] = 0;
}

int program(void)
{
    static u64 truth[512];
    for (int i = 0; i < 4000; i++) {
        u64 x = next_random(), key = x % 300 + 1, slot = find(key);
        if ((slot == SLOTS) != (truth[key] == 0) || (slot != SLOTS && values[slot] != truth[key]))
            return 1;
        if (x >> 62 == 0 || (x >> 62 == 1 && slot != SLOTS)) {
            if (slot != SLOTS)
                erase(slot);
            truth[key] = 0;
        } else if (i % 3 != 0) {
            insert(key, truth[key] = x >> 8 | 1);
        }
    }
    put_bytes(keys, sizeof keys);
    put_bytes(values, sizeof values);
    return 0;
}
