import type { Command } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { type StateOption, stateOf, withState } from './state.ts'

export const registerAudit = (manager: Command): void => {
  const audit = manager.command('audit').description('the record of every change at the manager')
  examples(audit, ['bulkhead manager audit verify', 'was anything altered, is anything missing?'])
  const verify = withState(audit.command('verify'))
    .description('check every hash and signature; exit code 1 when one does not hold')
    .action(async (options: StateOption, command: Command) => {
      const { askManager } = await import('#manager/client.ts')
      const { socketOf } = await import('#manager/run.ts')
      const { AuditReport } = await import('#schema/manager-api.ts')
      const report = await askManager(socketOf(stateOf(options)), { path: '/v1/audit/verify', answer: AuditReport })
      outputOf(command).result(report, () =>
        report.ok
          ? `ok: ${report.rows} rows, the last has hash ${report.head}`
          : ['FAILED', ...report.findings.map(({ what }) => `  - ${what}`)].join('\n'),
      )
      if (!report.ok) process.exitCode = exitCodes.failed
    })
  examples(verify, ['bulkhead manager audit verify', 'was anything altered, is anything missing?'])
}
