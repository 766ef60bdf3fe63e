import { examples, type Register } from './command.ts'

export const register: Register = (program) => {
  const edge = program.command('edge').description('run an edge, and look at and steer a running one')
  examples(edge, ['bulkhead edge --help', 'what is there?'])
}
