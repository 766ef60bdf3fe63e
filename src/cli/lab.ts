import { examples, type Register } from './command.ts'

export const register: Register = (program) => {
  const lab = program.command('lab').description('a plant in private network namespaces, to see it work')
  examples(lab, ['bulkhead lab --help', 'what is there?'])
}
