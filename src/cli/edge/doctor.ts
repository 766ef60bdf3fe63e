import type { Command } from 'commander'
import { exitCodes, Fault } from '#core/errors.ts'
import type { Finding } from '#schema/control.ts'
import { examples, outputOf } from '../command.ts'
import type { Output, Style } from '../output.ts'
import { ask, withTarget } from './connection.ts'
import { legible } from '#core/legible.ts'

const levelStyle: Record<Finding['level'], Style> = {
  ok: 'green',
  note: 'dim',
  degraded: 'yellow',
  broken: ['bold', 'red'],
}

export const doctorText = (findings: readonly Finding[], output: Output): string => {
  const rows = findings.map(({ id, level, found, advice }) => {
    const said = found.startsWith(`${id}: `) || found.startsWith(`${id} `) ? found : `${id}: ${found}`
    const head = `${output.paint(levelStyle[level], level.padEnd(8))}  ${legible(said)}`
    return advice === undefined ? head : `${head}\n${' '.repeat(10)}${legible(advice)}`
  })
  const bad = findings.filter(({ level }) => level === 'broken' || level === 'degraded').length
  return [
    ...rows,
    bad === 0 ? 'Everything that is needed is there.' : `${bad} of ${findings.length} findings need a person.`,
  ].join('\n')
}

/** The daemon's findings, or those of this machine when there is no daemon to ask: it may be what is missing that keeps it from starting. */
const findings = async (command: Command): Promise<readonly Finding[]> => {
  try {
    return await ask(command, 'doctor', {})
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'edge-unreachable') throw error
    const { doctorHost } = await import('#edge/doctor.ts')
    const advice =
      'Start it with `bulkhead edge run`, or name its socket with --socket. The rest is what this machine itself says.'
    return [{ id: 'daemon', level: 'note', found: error.message, advice }, ...doctorHost()]
  }
}

export const registerDoctor = (edge: Command): void => {
  const doctor = withTarget(edge.command('doctor'))
    .description('say what this machine can do, what is degraded, and what to do about it')
    .action(async (_options: object, command: Command) => {
      const output = outputOf(command)
      const found = await findings(command)
      output.result(found, () => doctorText(found, output))
      if (found.some(({ level }) => level === 'broken')) process.exitCode = exitCodes.environment
    })
  examples(
    doctor,
    ['bulkhead edge doctor', 'before the first run, and whenever something is odd'],
    ['bulkhead edge doctor --json', 'for a report; exit code 4 when something is broken'],
  )
}
