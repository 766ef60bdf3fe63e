/** Changes (insert, delete, replace, swap of neighbours) between two names, counted up to `limit`; beyond it `limit + 1`. */
const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let best = i
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, replaced)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
      if (cost < best) best = cost
    }
    if (best > limit) return limit + 1
    before = previous
    previous = row
  }
  return previous[b.length]!
}

/**
 * The valid name that was probably meant, or nothing: at most one change per three characters. Where what was written begins a single
 * name, or a single name begins what was written (`s7` for `s7comm`, `modbus-tcp` for `modbus`), it is that one unless another differs less.
 */
export const nearest = (written: string, valid: Iterable<string>): string | undefined => {
  const wanted = written.toLowerCase()
  let limit = Math.max(1, Math.floor(wanted.length / 3))
  let found: string | undefined
  const beginning: string[] = []
  for (const name of valid) {
    const steps = distance(wanted, name.toLowerCase(), limit)
    if (steps < limit || (steps === limit && found === undefined)) {
      found = name
      limit = steps
    }
    if (wanted.length >= 2 && (name.startsWith(wanted) || (name.length >= 3 && wanted.startsWith(name))))
      beginning.push(name)
  }
  // One of two characters is half of a name.
  const isClose = found !== undefined && (limit === 0 || wanted.length > 2)
  return isClose ? found : beginning.length === 1 ? beginning[0] : found
}
