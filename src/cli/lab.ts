import { type Command, InvalidArgumentError } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { runPlant } from '#lab/run.ts'
import type { Figures } from '#lab/figures.ts'
import { runningPlant } from '#lab/plant/beacon.ts'
import { bottling, dairy, hostsOf, siteOf } from '#lab/plant/hosts.ts'
import { visit } from '#lab/plant/visit.ts'
import { smallest } from '#lab/view/layout.ts'
import { liveView, type View } from '#lab/view/live.ts'
import { plainView } from '#lab/view/plain.ts'
import { summary } from '#lab/view/summary.ts'
import { toAnsi } from '#lab/view/text.ts'
import { examples, outputOf, type Register } from './command.ts'
import { registerFleet } from './lab/fleet.ts'
import type { Output } from './output.ts'

interface RunFlags {
  readonly once: boolean
  readonly speed?: number
}

const speedOf = (text: string): number => {
  const value = Number(text)
  if (!(value >= 0.1 && value <= 100)) throw new InvalidArgumentError('It takes a number from 0.1 to 100.')
  return value
}

const hasColour = (stream: { isTTY?: boolean }): boolean =>
  stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'

/** Redrawn where that is possible; else line by line, which with --json goes to standard error. */
const viewFor = (output: Output, once: boolean): View & { readonly live: boolean } => {
  const { stdout, stderr } = process
  const fits = stdout.columns >= smallest.width && stdout.rows >= smallest.height
  if (output.terminal && fits && process.env['TERM'] !== 'dumb')
    return { ...liveView(stdout, { colour: hasColour(stdout) }), live: true }
  const stream = output.json ? stderr : stdout
  const plain = plainView((text) => stream.write(text), { colour: hasColour(stream), stays: !once })
  return { ...plain, live: false }
}

const run = async ({ once, speed }: RunFlags, command: Command): Promise<void> => {
  const output = outputOf(command)
  const view = viewFor(output, once)
  let figures: Figures | undefined
  await runPlant({
    once,
    speed: speed ?? (output.json ? 10 : 1),
    view,
    onFigures: (counted) => {
      figures = counted
      if (output.json) output.result(counted, () => '')
    },
  })
  if (view.live && figures !== undefined)
    for (const line of summary(figures)) output.say(toAnsi(line, hasColour(process.stdout)))
  // Ended before the end of the story: a person may, a test that asked for its figures has none.
  if (figures === undefined ? once : !figures.ok) process.exitCode = exitCodes.failed
}

export const register: Register = (program) => {
  const lab = program.command('lab').description('a plant in private network namespaces, to see it work')
  examples(
    lab,
    ['bulkhead lab run', 'see a plant being attacked'],
    ['bulkhead lab exec laptop -- nmap -Pn 198.18.1.10', 'attack it yourself'],
  )

  const start = lab
    .command('run')
    .description(
      'start the plant, tell its story, and keep it up until Ctrl-C; needs no root and leaves nothing behind',
    )
    .option('--once', 'end after the story: exit code 0 when everything held, 1 when not', false)
    .option('--speed <factor>', 'divide the time left for reading by this (default: 1; with --json 10)', speedOf)
    .action((flags: RunFlags, command: Command) => run(flags, command))
  examples(
    start,
    ['bulkhead lab run', 'watch the story, then try things yourself'],
    ['bulkhead lab run --once --json', 'the figures of the story as one JSON object'],
  )

  const execute = lab
    .command('exec')
    .description('run a program on a machine of the plant that runs in another terminal')
    .argument('<host>', 'a machine of `bulkhead lab hosts`, or `edge`')
    .argument('<command...>', 'the program and its arguments, after --')
    .action(async (host: string, argv: string[]) => {
      process.exitCode = await visit(await runningPlant(), host, argv)
    })
  examples(
    execute,
    ['bulkhead lab exec laptop -- nmap -Pn -p 502 198.18.1.10', 'look for a controller as the rogue laptop'],
    ['bulkhead lab exec edge -- nft list tables', 'what did the edge load into the kernel?'],
  )

  const hosts = lab
    .command('hosts')
    .description('list the machines of the running plant')
    .action(async (_flags: object, command: Command) => {
      const output = outputOf(command)
      const { pid, hosts: names } = await runningPlant()
      const rows = [bottling, dairy]
        .flatMap((one) => hostsOf(siteOf(one), one))
        .filter(({ name }) => names.includes(name))
      output.result({ pid, hosts: rows }, () =>
        output.table(rows, [
          { title: 'MACHINE', cell: ({ name }) => name },
          { title: 'KIND', cell: ({ kind }) => kind },
          { title: 'PORT', cell: ({ port }) => port },
          { title: 'ADDRESS', cell: ({ ip }) => ip },
          { title: 'MAC', cell: ({ mac }) => mac },
        ]),
      )
    })
  examples(hosts, ['bulkhead lab hosts', 'whom can I run something on?'])

  registerFleet(lab)
}
