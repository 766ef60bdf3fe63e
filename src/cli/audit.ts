import { examples, type Register } from './command.ts'

export const register: Register = (program) => {
  const audit = program.command('audit').description('search and verify the record of what the edge did')
  examples(audit, ['bulkhead audit --help', 'what is there?'])
}
