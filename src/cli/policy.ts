import { examples, type Register } from './command.ts'

export const register: Register = (program) => {
  const policy = program.command('policy').description('write, check, test and explain a site policy')
  examples(policy, ['bulkhead policy --help', 'what is there?'])
}
