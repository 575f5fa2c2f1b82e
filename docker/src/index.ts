export { COMPOSE_FILE, composeText, memoryLimitBytes, type Services, servicesOf, variableDefaults } from './compose.ts'
