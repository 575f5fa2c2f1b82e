export * from './score-source.ts'
export { type ScoresOptions, openScores } from './open-scores.ts'
export { type RiskScoreFeed, type RiskScoreFeedOptions, startRiskScoreFeed } from './feed.ts'
export { riskScoreRoutes } from './routes.ts'
