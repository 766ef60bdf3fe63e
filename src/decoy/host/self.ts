/** What the host is to the system: what it may, how many connections it has room for, what it says to the log. */

/** Lines for the log a second. */
const linesPerSecond = 5
/** Descriptors that are no connections: pipes, listening sockets, what Node itself needs. */
const spareDescriptors = 256

/** What this process may do that no decoy host may: capabilities in effect or within reach (proc_pid_status(5)). */
export const powers = (status: string): string[] =>
  ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].filter((name) => {
    const value = new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1]
    return value === undefined || BigInt(`0x${value}`) !== 0n
  })

/** Connections that the process has descriptors for (proc_pid_limits(5)). */
export const roomForConnections = (limitsText: string, most: number): number => {
  const soft = /^Max open files\s+(\d+)/m.exec(limitsText)?.[1]
  return soft === undefined ? most : Math.max(16, Math.min(most, Number(soft) - spareDescriptors))
}

/** Lines for the log: printable, short, a few a second. */
export const logger = (write: (line: string) => void): ((text: string) => void) => {
  let left = linesPerSecond
  let since = performance.now()
  return (text) => {
    const now = performance.now()
    if (now - since > 1000) [left, since] = [linesPerSecond, now]
    if (left-- > 0) write(`${text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 500)}\n`)
  }
}
