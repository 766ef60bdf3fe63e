import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { connected, documentIn } from './ask.ts'

export const registerReceivers = (exchange: Command): void => {
  const receivers = exchange
    .command('receivers')
    .description('who gets copies of events: syslog, webhook, mail, SMS, OTLP')
  examples(receivers, ['bulkhead exchange receivers list', 'who is told, and how far is each?'])

  const list = withManager(receivers.command('list'))
    .description('all receivers, without their secrets')
    .action(async (options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const { receivers: found } = await ask({ path: '/v1/exchange/receivers', answer: schema.Receivers })
      const output = outputOf(command)
      output.result(found, () =>
        output.table(found, [
          { title: 'NAME', cell: ({ name }) => name },
          { title: 'KIND', cell: ({ target }) => target.kind },
          { title: 'DELIVERED', cell: ({ delivered }) => String(delivered) },
          { title: 'SKIPPED', cell: ({ skipped }) => String(skipped) },
          { title: 'REFUSED', cell: ({ dead }) => String(dead) },
          { title: 'STATE', cell: ({ enabled, trouble }) => (enabled ? (trouble ?? 'ready') : 'off') },
        ]),
      )
    })
  examples(list, ['bulkhead exchange receivers list', 'who is told, and how far is each?'])

  const add = withManager(receivers.command('add'))
    .description('add a receiver; it gets what happens from now on')
    .argument('<name>', 'its name')
    .argument('<file>', 'what it is (YAML, with target and filter); - reads standard input')
    .action(async (name: string, file: string, options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const body = { ...documentIn(file), name }
      const made = await ask({ method: 'POST', path: '/v1/exchange/receivers', body, answer: schema.Receiver })
      outputOf(command).result(made, () => `${name} gets events from now on. Try it: bulkhead exchange test ${name}`)
    })
  examples(add, ['bulkhead exchange receivers add siem siem.yaml', 'send copies of events to a SIEM'])

  const change = (word: 'enable' | 'disable', what: string): void => {
    const one = withManager(receivers.command(word))
      .description(what)
      .argument('<name>', 'which')
      .action(async (name: string, options: ReachOptions, command: Command) => {
        const { ask, schema } = await connected(options)
        const path = `/v1/exchange/receivers/${encodeURIComponent(name)}`
        const body = { enabled: word === 'enable' }
        const changed = await ask({ method: 'PATCH', path, body, answer: schema.Receiver })
        outputOf(command).result(changed, () => `${name} is ${changed.enabled ? 'on' : 'off'}.`)
      })
    examples(one, [`bulkhead exchange receivers ${word} siem`, what])
  }
  change('enable', 'go on where it was')
  change('disable', 'send nothing for a while')

  const remove = withManager(receivers.command('remove'))
    .description('remove a receiver with its place in the events')
    .argument('<name>', 'which')
    .action(async (name: string, options: ReachOptions, command: Command) => {
      const { ask, Done } = await connected(options)
      const path = `/v1/exchange/receivers/${encodeURIComponent(name)}`
      const done = await ask({ method: 'DELETE', path, answer: Done })
      outputOf(command).result(done, () => `${name} is removed.`)
    })
  examples(remove, ['bulkhead exchange receivers remove siem', 'for good'])
}

export const registerTest = (exchange: Command): void => {
  const test = withManager(exchange.command('test'))
    .description('send a receiver a message that says it is a test')
    .argument('<name>', 'which')
    .action(async (name: string, options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const path = `/v1/exchange/receivers/${encodeURIComponent(name)}/test`
      const result = await ask({ method: 'POST', path, answer: schema.TestResult })
      if (!result.ok) throw new Fault('refused', `${name}: ${result.what}`, { advice: 'Correct it, or what is there.' })
      outputOf(command).result(result, () => `${name}: ${result.what} (${result.ms} ms)`)
    })
  examples(test, ['bulkhead exchange test siem', 'does it arrive?'])
}
