import { examples, type Register } from './command.ts'
import { registerApplyCommands } from './edge/apply.ts'
import { registerBypass } from './edge/bypass.ts'
import { registerContain } from './edge/contain.ts'
import { registerDoctor } from './edge/doctor.ts'
import { registerEnrol } from './edge/enrol.ts'
import { registerEvents } from './edge/events.ts'
import { registerExplain } from './edge/explain.ts'
import { registerLocalCommands } from './edge/local.ts'
import { registerPermitCommands } from './edge/permit.ts'
import { registerRunCommands } from './edge/run.ts'
import { registerStatus } from './edge/status.ts'
import { registerStickCommands } from './edge/stick.ts'

export const register: Register = (program) => {
  const edge = program.command('edge').description('run an edge, and look at and steer a running one')
  examples(
    edge,
    ['bulkhead edge status', 'what is enforced now?'],
    ['bulkhead edge bypass --for 30m --reason "line 1 stopped"', 'production stands still'],
    ['bulkhead edge release 198.18.1.40', 'somebody is contained wrongly'],
    ['bulkhead edge rollback', 'the new policy is wrong'],
  )
  registerRunCommands(edge)
  registerStatus(edge)
  registerEvents(edge)
  registerExplain(edge)
  registerContain(edge)
  registerPermitCommands(edge)
  registerApplyCommands(edge)
  registerBypass(edge)
  registerLocalCommands(edge)
  registerDoctor(edge)
  registerEnrol(edge)
  registerStickCommands(edge)
}
