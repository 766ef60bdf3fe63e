/** A daemon whose clock says something else: what runs in it takes Node's clock, the kernel keeps its own. */

/** Environment of a process whose clock is `shiftMs` ahead. */
export const clockAhead = (shiftMs: number): NodeJS.ProcessEnv => {
  const code = `const Real = Date
globalThis.Date = class extends Real {
  constructor(...given) { if (given.length === 0) super(Real.now() + ${shiftMs}); else super(...given) }
  static now() { return Real.now() + ${shiftMs} }
}`
  return { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(code).toString('base64')}` }
}

const dayMs = 86_400_000
/** India has had one offset and no summer time since 1945. */
export const india = { timezone: 'Asia/Kolkata', offsetMs: 5.5 * 3_600_000 } as const

/** The next midnight of India's wall clocks but `days`, as ms since 1970, and the day that begins with it. */
export const midnight = (days = 0): { readonly at: number; readonly day: string } => {
  const local = (Math.floor((Date.now() + india.offsetMs) / dayMs) + 1 + days) * dayMs
  return { at: local - india.offsetMs, day: new Date(local).toISOString().slice(0, 10) }
}
