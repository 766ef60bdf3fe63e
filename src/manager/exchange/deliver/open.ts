import type { Target } from '#schema/manager-exchange.ts'
import { otlp } from './otlp.ts'
import type { Outlet, OutletOptions } from './outlet.ts'
import { sms } from './sms.ts'
import { smtp } from './smtp.ts'
import { syslog } from './syslog.ts'
import { webhook } from './webhook.ts'

export const openOutlet = (target: Target, options: OutletOptions): Outlet => {
  if (target.kind === 'syslog') return syslog(target, options)
  if (target.kind === 'webhook') return webhook(target, options)
  if (target.kind === 'otlp') return otlp(target, options)
  if (target.kind === 'smtp') return smtp(target, options)
  return sms(target, options)
}
