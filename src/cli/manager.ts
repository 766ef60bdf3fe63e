import { examples, type Register } from './command.ts'
import { registerAudit } from './manager/audit.ts'
import { registerBackupCommands } from './manager/backup.ts'
import { registerExport } from './manager/export.ts'
import { registerImport } from './manager/import.ts'
import { registerRun } from './manager/run.ts'
import { registerSetup } from './manager/setup.ts'
import { registerStatus } from './manager/status.ts'
import { registerTokens } from './manager/tokens.ts'
import { registerUsers } from './manager/users.ts'

export const register: Register = (program) => {
  const manager = program.command('manager').description('run the centre of several edges, and look after it')
  examples(
    manager,
    ['bulkhead manager run --host manager.plant.example', 'start it; it prints how to set it up'],
    ['bulkhead manager status', 'is it there, and what does it hold?'],
    ['bulkhead manager backup november.backup', 'keep a copy that can be verified'],
  )
  registerRun(manager)
  registerSetup(manager)
  registerStatus(manager)
  registerUsers(manager)
  registerTokens(manager)
  registerAudit(manager)
  registerBackupCommands(manager)
  registerExport(manager)
  registerImport(manager)
}
