import { examples, type Register } from './command.ts'
import { registerAllowed, registerSources } from './exchange/lists.ts'
import { registerReceivers, registerTest } from './exchange/receivers.ts'

export const register: Register = (program) => {
  const exchange = program
    .command('exchange')
    .description('events and lists that the manager gives to other tools, and takes')
  examples(
    exchange,
    ['bulkhead exchange receivers add siem siem.yaml', 'send copies of events to a SIEM'],
    ['bulkhead exchange test siem', 'does it arrive?'],
    ['bulkhead exchange sources list', 'which lists of others count, and how fresh are they?'],
  )
  registerReceivers(exchange)
  registerTest(exchange)
  registerSources(exchange)
  registerAllowed(exchange)
}
