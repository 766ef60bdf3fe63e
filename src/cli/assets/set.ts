import { type Command, InvalidArgumentError, Option } from 'commander'
import { Fault } from '#core/errors.ts'
import { inventoryOf } from '#discover/inventory/inventory.ts'
import type { Told } from '#discover/model.ts'
import { kinds } from '#schema/site-words.ts'
import { examples, outputOf } from '../command.ts'
import { legible } from '#core/legible.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { deviceArgument } from './list.ts'
import { checkedSaid } from './said.ts'
import {
  deviceNamed,
  stateArgument,
  tellOnce,
  toldFields,
  toldWith,
  withState,
  withVlan,
  type Said,
  type ToldField,
} from './state.ts'

type Options = Readonly<Partial<Record<ToldField, string>>> & {
  readonly vlan?: string
  readonly forget?: readonly ToldField[]
}

const fields = (text: string): ToldField[] =>
  text.split(',').map((name) => {
    const known = toldFields.find((field) => field === name.trim())
    if (known !== undefined) return known
    throw new InvalidArgumentError(`There is no ${name.trim()}. It takes ${toldFields.join(', ')}.`)
  })

/** @throws Fault `usage` for what cannot be said, and when nothing is */
export const saidOf = (options: Options): Said => {
  let all: Said = {}
  for (const field of toldFields) {
    const text = options[field]
    if (text === undefined) continue
    if (text.trim() === '')
      throw new Fault('usage', `--${field} is empty.`, { advice: `To take it back, say --forget ${field}.` })
    const checked = checkedSaid(field, text)
    if ('problem' in checked) throw new Fault('usage', `--${field}: ${checked.problem}.`)
    all = { ...all, ...checked.said }
  }
  if (Object.keys(all).length === 0 && options.forget === undefined)
    throw new Fault('usage', 'Nothing was said about the device.', {
      advice: 'Say what you know, such as --owner line-1 or --kind plc.',
    })
  return all
}

const saidText = (told: Told): string => {
  const parts = toldFields.flatMap((field) =>
    told[field] === undefined ? [] : [`${field} ${legible(`${told[field]}`)}`],
  )
  return parts.length === 0 ? 'nothing is said of it any more' : parts.join(', ')
}

export const registerSet = (assets: Command): void => {
  const set = withVlan(assets.command('set'))
    .description('say what you know about a device: it outweighs everything that was seen')
    .addArgument(stateArgument())
    .addArgument(deviceArgument())
    .option('--owner <who>', 'who answers for it')
    .addOption(new Option('--kind <kind>', 'what it is').choices(kinds))
    .option('--level <level>', 'Purdue level, from 0 to 5')
    .option('--zone <name>', 'zone it belongs to')
    .option('--name <name>', 'its name in a policy')
    .option('--criticality <how>', 'low, medium or high')
    .option('--vendor <name>', 'who made it')
    .option('--note <text>', 'anything else')
    .addOption(new Option('--forget <fields>', 'take back what was said, such as owner,note').argParser(fields))
    .action((path: string, name: string, options: Options, command: Command) => {
      const output = outputOf(command)
      const said = saidOf(options)
      const result = withState(path, (state) => {
        const observed = state.observed()
        const known = { observed, inventory: inventoryOf(observed) }
        const device = deviceNamed(known.inventory, name, options.vlan)
        const told = toldWith(device, said, options.forget)
        state.atomically(() => tellOnce(state, known, device, told))
        const after = inventoryOf(state.observed()).at(told.vlan, told.address)
        return { device: after?.id ?? device.id, told }
      })
      output.result(result, () => `${result.device}: ${saidText(result.told)}`)
    })
  examples(
    set,
    ['bulkhead assets set plant 198.18.1.10 --owner line-1 --criticality high', 'who answers for it?'],
    ['bulkhead assets set plant plc-198.18.1.10 --name plc-fill --kind plc --zone cell-1', 'call it as people do'],
    ['bulkhead assets set plant plc-fill --forget zone', 'that was wrong'],
  )
  exitCodesText(
    set,
    [0, 'kept'],
    [1, 'there is no such device, or nothing was discovered'],
    [2, 'it cannot be said so'],
  )
}
