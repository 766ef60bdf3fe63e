/** Two texts as a unified diff (POSIX diff -u), by the shortest edit script: Myers, "An O(ND) difference algorithm", 1986. */

/** Unchanged lines shown around a change. */
const around = 3
/** Edits beyond which the middle is shown as replaced: the search takes time with the square of them. */
const mostEdits = 2000

interface Line {
  readonly kind: ' ' | '-' | '+'
  readonly text: string
  /** Lines of both texts before this one. */
  readonly before: readonly [old: number, now: number]
}

/** Which lines of `a` are kept, by the number of their match in `b`; undefined when there are too many edits. */
const matches = (a: readonly string[], b: readonly string[]): ReadonlyMap<number, number> | undefined => {
  const most = Math.min(mostEdits, a.length + b.length)
  const trails: Map<number, number>[] = []
  let reach = new Map<number, number>([[1, 0]])
  for (let edits = 0; edits <= most; edits++) {
    const next = new Map<number, number>()
    for (let k = -edits; k <= edits; k += 2) {
      const [left, right] = [reach.get(k - 1) ?? -1, reach.get(k + 1) ?? -1]
      let x = k === -edits || (k !== edits && left < right) ? right : left + 1
      while (x < a.length && x - k < b.length && x - k >= 0 && a[x] === b[x - k]) x++
      next.set(k, x)
      if (x >= a.length && x - k >= b.length) return traced([...trails, reach], edits, a.length, b.length)
    }
    trails.push(reach)
    reach = next
  }
  return undefined
}

const traced = (
  trails: readonly ReadonlyMap<number, number>[],
  edits: number,
  lengthA: number,
  lengthB: number,
): ReadonlyMap<number, number> => {
  const kept = new Map<number, number>()
  let [x, y] = [lengthA, lengthB]
  for (let d = edits; d >= 0; d--) {
    const reach = trails[d] ?? new Map<number, number>()
    const k = x - y
    const [left, right] = [reach.get(k - 1) ?? -1, reach.get(k + 1) ?? -1]
    const from = k === -d || (k !== d && left < right) ? k + 1 : k - 1
    const startX = d === 0 ? 0 : (reach.get(from) ?? 0)
    const startY = d === 0 ? 0 : startX - from
    while (x > startX && y > startY) {
      x--
      y--
      kept.set(x, y)
    }
    ;[x, y] = [startX, startY]
  }
  return kept
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

const script = (old: readonly string[], now: readonly string[]): readonly Line[] => {
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head++
  let tail = 0
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const kept =
    matches(old.slice(head, old.length - tail), now.slice(head, now.length - tail)) ?? new Map<number, number>()
  const lines: Line[] = []
  let [x, y] = [0, 0]
  const push = (kind: Line['kind'], texts: readonly string[]) => {
    for (const text of texts) {
      lines.push({ kind, text, before: [x, y] })
      if (kind !== '+') x++
      if (kind !== '-') y++
    }
  }
  push(' ', old.slice(0, head))
  for (const [i, text] of old.slice(head, old.length - tail).entries()) {
    const match = kept.get(i)
    if (match === undefined) push('-', [text])
    else {
      push('+', now.slice(y, match + head))
      push(' ', [text])
    }
  }
  push('+', now.slice(y, now.length - tail))
  push(' ', old.slice(old.length - tail))
  return lines
}

const range = (start: number, count: number) => (count === 1 ? `${start}` : `${start},${count}`)

/**
 * @param names of the old and the new text
 * @returns empty text when both are the same
 */
export const unifiedDiff = (old: string, now: string, names: readonly [string, string]): string => {
  const lines = script(linesOf(old), linesOf(now))
  const changed = lines.flatMap(({ kind }, i) => (kind === ' ' ? [] : [i]))
  const hunks: [from: number, to: number][] = []
  for (const at of changed) {
    const last = hunks.at(-1)
    if (last !== undefined && at - around <= last[1]) last[1] = Math.min(lines.length, at + around + 1)
    else hunks.push([Math.max(0, at - around), Math.min(lines.length, at + around + 1)])
  }
  if (hunks.length === 0) return ''
  const texts = hunks.map(([from, to]) => {
    const part = lines.slice(from, to)
    const [oldBefore, nowBefore] = part[0]?.before ?? [0, 0]
    const olds = part.filter(({ kind }) => kind !== '+').length
    const nows = part.filter(({ kind }) => kind !== '-').length
    const start = (before: number, count: number) => (count === 0 ? before : before + 1)
    return [
      `@@ -${range(start(oldBefore, olds), olds)} +${range(start(nowBefore, nows), nows)} @@`,
      ...part.map(({ kind, text }) => `${kind}${text}`),
    ].join('\n')
  })
  return `${[`--- ${names[0]}`, `+++ ${names[1]}`, ...texts].join('\n')}\n`
}
