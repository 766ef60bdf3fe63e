import { resolve } from 'node:path'
import { Argument } from 'commander'
import { counted } from '#discover/report/format.ts'
import { reportHtml } from '#discover/report/report.ts'
import { assessedPlant, timezoneOf } from './assess/plant.ts'
import { examples, outputOf, type Register } from './command.ts'
import { writeOut } from './failure.ts'
import { exitCodesText } from './policy/arguments.ts'
import { namedPolicy, proposedPolicy } from './report/policy.ts'
import { readSimulation } from './report/simulation.ts'

interface Options {
  readonly out: string
  readonly policy?: string
  readonly simulation?: string
  readonly site?: string
  readonly timezone?: string
}

export const register: Register = (program) => {
  const command = program
    .command('report')
    .description('write what was discovered as one HTML page: map, inventory, findings, policy, a page for each reader')
    .addArgument(new Argument('<state>', 'folder that `bulkhead discover -o` wrote'))
    .option('-o, --out <file>', 'where to write it', 'report.html')
    .option('--policy <file>', 'show this site policy; without it, the one that is proposed from what was seen')
    .option('--simulation <file>', 'show what `bulkhead simulate --json` said of a policy')
    .option('--site <name>', 'name of the plant for the title (default: that of the policy)')
    .option('--timezone <name>', "the plant's, e.g. Europe/Berlin (default: this machine's)")
    .action((state: string, options: Options) => {
      const output = outputOf(command)
      const now = Date.now()
      const timezone = timezoneOf(options.timezone)
      const named = options.policy === undefined ? undefined : namedPolicy(options.policy)
      const simulation = options.simulation === undefined ? undefined : readSimulation(options.simulation)
      const plant = assessedPlant(state, timezone)
      const { policy, site } = named ?? proposedPolicy(plant, now)
      const title = options.site ?? site
      const page = reportHtml({
        ...plant,
        now,
        timezone,
        ...(title === undefined ? {} : { site: title }),
        ...(policy === undefined ? {} : { policy }),
        ...(simulation === undefined ? {} : { simulation }),
      })
      const file = resolve(options.out)
      writeOut(file, page)
      const bytes = Buffer.byteLength(page)
      output.result({ file, bytes, findings: plant.findings.length, signs: plant.signs.length }, () =>
        [
          `${file}: ${counted(plant.inventory.devices.length, 'device')}, ${counted(plant.findings.length, 'finding')}, ${counted(plant.signs.length, 'sign of attack', 'signs of attack')}.`,
          'It is complete in itself: open it in a browser, print it, or send it as it is.',
        ].join('\n'),
      )
    })
  examples(
    command,
    [
      'bulkhead report plant -o report.html',
      'what was discovered, for security, management, engineering and operations',
    ],
    [
      'bulkhead report plant --policy site.yaml --simulation result.json -o report.html',
      'with a policy, and what `bulkhead simulate --policy site.yaml week-12/ --json > result.json` said of it',
    ],
  )
  exitCodesText(
    command,
    [0, 'written'],
    [1, 'nothing was discovered there'],
    [2, 'a file cannot be read or written, or an option is wrong'],
    [3, 'the policy has errors'],
    [4, 'there is no room left for the file'],
  )
}
