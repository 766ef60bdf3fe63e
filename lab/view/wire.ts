/** The plant as a picture: who is behind which port of the edge. Pure. */
import type { Machine } from '../messages.ts'
import type { Model } from './model.ts'
import { widthOf, type Line, type Span, type Style } from './text.ts'

/** One machine: struck out in red while it is contained. */
const machineSpan = (machine: Machine, contained: ReadonlySet<string>): Span =>
  machine.ips.some((ip) => contained.has(ip)) ? [`✗ ${machine.name}`, ['red', 'bold']] : machine.name

const behind = (model: Model, port: string, contained: ReadonlySet<string>): Line =>
  model.machines
    .filter((machine) => machine.port === port)
    .flatMap((machine, at): Line => [...(at === 0 ? [] : ['  ']), machineSpan(machine, contained)])

/**
 * The first port on the left, the others on the right, one line each with a line between them. Empty while nothing is known, or
 * when `width` is too small for it.
 */
export const wirePanel = (model: Model, width: number): readonly Line[] => {
  const { status, silent } = model
  const [first, ...others] = status?.ports ?? []
  if (status === undefined || first === undefined) return []
  const contained = new Set(status.containments.map(({ ip }) => ip))
  const style: Style = silent ? ['red', 'bold'] : ['green', 'bold']
  const name = silent ? `${status.edge} †` : status.edge
  const bar = '─'.repeat(name.length + 2)
  const left: Line = [' ', ...behind(model, first.name, contained), [` ── ${first.name} ──`, 'dim']]
  const height = Math.max(3, others.length * 2 - 1)
  const middle = Math.floor(height / 2)
  const lines = Array.from({ length: height }, (_, at): Line => {
    const port = at % 2 === 0 ? others[at / 2] : undefined
    const side = [
      at === middle ? '┤' : at === 0 ? '┌' : at === height - 1 ? '└' : '│',
      at === 0 || at === height - 1 ? bar : at === middle ? ` ${name} ` : ' '.repeat(bar.length),
      port === undefined
        ? at === 0
          ? '┐'
          : at === height - 1
            ? '┘'
            : '│'
        : at === 0
          ? '┬'
          : at === height - 1
            ? '┴'
            : '├',
    ].join('')
    return [
      ...(at === middle ? left : [' '.repeat(widthOf(left))]),
      [side, style],
      ...(port === undefined
        ? []
        : [[`── ${port.name} ── `, 'dim'] satisfies Span, ...behind(model, port.name, contained)]),
    ]
  })
  return lines.every((line) => widthOf(line) <= width) ? lines : []
}
