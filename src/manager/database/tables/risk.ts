import type { ColumnType, Generated } from 'kysely'
import type { FamilyName } from '../../risk/families.ts'

type Time = ColumnType<Date, Date, Date>
type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>

export interface RiskEvidenceTable {
  site: string
  ip: string
  family: FamilyName
  key: string
  edge: string | null
  zone: string | null
  weight: number
  at: Time
  text: string
  technique: string | null
}
export interface RiskSourcesTable {
  site: string
  ip: string
  score: Generated<number>
  scored: Time
  due: Maybe<Date>
  band: Generated<number>
  told: Generated<number>
  told_until: Maybe<Date>
  tell: Generated<boolean>
  until: Maybe<Date>
  alarm: Generated<number>
  acted: Generated<number>
}
export interface RiskVetoesTable {
  id: string
  network: string
  site: string | null
  reason: string
  by: string
  created: Time
  until: Maybe<Date>
}
export interface RiskThresholdsTable {
  site: string
  score: number
  response: 'alert' | 'contain'
  by: string
  changed: Time
}
export interface RiskOriginsTable {
  kind: 'country' | 'asn'
  value: string
  by: string
  created: Time
}
export interface RiskSitesTable {
  site: string
  revision: number
  asked: number[]
}

export interface RiskTables {
  risk_evidence: RiskEvidenceTable
  risk_sources: RiskSourcesTable
  risk_vetoes: RiskVetoesTable
  risk_thresholds: RiskThresholdsTable
  risk_origins: RiskOriginsTable
  risk_sites: RiskSitesTable
}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptRisk = {
  risk_evidence: ['site', 'ip', 'family', 'key'],
  risk_sources: ['site', 'ip'],
  risk_vetoes: ['id'],
  risk_thresholds: ['site', 'score'],
  risk_origins: ['kind', 'value'],
  risk_sites: ['site'],
} as const satisfies Record<keyof RiskTables, readonly string[]>
