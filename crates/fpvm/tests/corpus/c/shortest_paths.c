/* Dijkstra's algorithm with a binary heap, against Floyd and Warshall's. */
#include "corpus.h"

enum { NODES = 24, FAR = 1 << 29 };

static i32 weight[NODES][NODES], floyd[NODES][NODES];

struct entry { i32 distance, node; };
static struct entry heap[NODES * NODES];
static int used;

static void push(struct entry e)
{
    int i = used++;
    for (; i > 0 && heap[(i - 1) / 2].distance > e.distance; i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = e;
}

static struct entry pop(void)
{
    struct entry least = heap[0], last = heap[--used];
    int i = 0;
    for (int child; (child = 2 * i + 1) < used; i = child) {
        child += child + 1 < used && heap[child + 1].distance < heap[child].distance;
        if (heap[child].distance >= last.distance)
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return least;
}

int program(void)
{
    for (int i = 0; i < NODES; i++)
        for (int j = 0; j < NODES; j++) {
            u64 x = next_random();
            weight[i][j] = i == j ? 0 : x % 5 == 0 ? (i32)(x >> 8 & 0xfff) + 1 : FAR;
        }
    memcpy(floyd, weight, sizeof floyd);
    for (int k = 0; k < NODES; k++)
        for (int i = 0; i < NODES; i++)
            for (int j = 0; j < NODES; j++)
                if (floyd[i][k] + floyd[k][j] < floyd[i][j])
                    floyd[i][j] = floyd[i][k] + floyd[k][j];
    for (int source = 0; source < NODES; source++) {
        i32 distance[NODES];
        for (int i = 0; i < NODES; i++)
            distance[i] = FAR;
        distance[source] = 0;
        push((struct entry){ 0, source });
        while (used > 0) {
            struct entry e = pop();
            for (int j = 0; j < NODES && e.distance == distance[e.node]; j++) {
                i32 through = e.distance + weight[e.node][j];
                if (through < distance[j]) {
                    distance[j] = through;
                    push((struct entry){ through, j });
                }
            }
        }
        if (memcmp(distance, floyd[source], sizeof distance) != 0)
            return 1;
        put_bytes(distance, sizeof distance);
    }
    return 0;
}
