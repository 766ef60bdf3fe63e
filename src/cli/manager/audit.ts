import type { Command } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from './reach.ts'

export const registerAudit = (manager: Command): void => {
  const audit = manager.command('audit').description('the record of every change at the manager')
  examples(audit, ['bulkhead manager audit verify', 'was anything altered, is anything missing?'])
  const verify = withManager(audit.command('verify'))
    .description('check every hash and signature; exit code 1 when one does not hold')
    .action(async (options: ReachOptions, command: Command) => {
      const { AuditReport } = await import('#schema/manager-api.ts')
      const ask = await asker(options)
      const report = await ask({ path: '/v1/audit/verify', answer: AuditReport })
      outputOf(command).result(report, () =>
        report.ok
          ? `ok: ${report.rows} rows, the last has hash ${report.head}`
          : ['FAILED', ...report.findings.map(({ what }) => `  - ${what}`)].join('\n'),
      )
      if (!report.ok) process.exitCode = exitCodes.failed
    })
  examples(verify, ['bulkhead manager audit verify', 'was anything altered, is anything missing?'])
}
