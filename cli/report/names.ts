import type { Severity, Tool, Role } from "../../infra/evidence/record/findings.schema";
import type { PredicateKind } from "../../infra/evidence/record/predicates";
import type { ClauseId } from "../../policies/clauses";
import type { State } from "../audit/model";
import { BLOCKS } from "../message/spanish";

/** The report's readers read Spanish. Numbers of the work order stand in its text and in `ordered.ts`, never here. */

/** As the coordination's messages call them, so that a reader of both has one name for a thing. */
export const BLOCK_NAMES = BLOCKS;

export const CLAUSE_NAMES: Readonly<Record<ClauseId, string>> = {
  "B0.1": "Producción no se toca sin la firma del CEO",
  "B0.2": "Carta GO firmada por Lead Security, CODE y CEO",
  "B0.3": "Rama y pull request con las revisiones de Lead y QA Sec",
  "B0.4": "Evidencia obligatoria, publicada y anexada",
  "B1.1": "Tableros de latencia, errores, tráfico, recursos y colas",
  "B1.2": "Aviso por latencia alta de /chat",
  "B1.3": "Aviso por errores del servidor",
  "B1.4": "Aviso por pico de rechazos por límite",
  "B1.5": "Aviso por caída de mTLS",
  "B1.6": "Correlación completa de peticiones",
  "B2.1": "OWASP ZAP, básico y autenticado",
  "B2.2": "Fuzzing de tipos y longitudes",
  "B2.3": "Hallazgos con clase, gravedad y corrección",
  "B3.1": "Clave de idempotencia",
  "B3.2": "Bloqueo temporal por recurso y usuario",
  "B3.3": "Reintentos y cortacircuitos",
  "B4.1": "Cuota mensual por cliente",
  "B4.2": "Sesiones y ancho de banda de voz",
  "B4.3": "Tamaño y frecuencia de /vision",
  "B4.4": "Bloqueo gradual",
  "B5.1": "Certificados que faltaban, sin intervención manual",
  "B5.2": "Rotación de certificados internos",
  "B5.3": "Verificación estricta en la pasarela",
  "B5.4": "Configuraciones que faltaban, cerradas",
  "B6.1": "Rotación de claves",
  "B6.2": "SBOM al día y dependencias auditadas",
  "B6.3": "Parches críticos aplicados",
  "B7.1": "Informe B",
  "B7.2": "Tableros y alertas exportables",
  "B7.3": "Lista de idempotencia y política de cuotas",
  "B7.4": "Plan de reversión de la pasarela",
  "B7.5": "Manual de incidentes",
  "B7.6": "Mensajes preparados",
  "B7.7": "Coordinación y estados diarios",
  "B8.1": "Latencia de /chat",
  "B8.2": "Tasa de errores",
  "B8.3": "Sin datos personales en los registros",
  "B8.4": "Certificados y configuraciones completos",
  "B8.5": "DAST sin hallazgos críticos ni altos",
  "B8.6": "Idempotencia comprobada",
  "B8.7": "Cortacircuitos bajo carga",
  "B8.8": "Límites graduales comprobados",
};

export const STATE_NAMES: Readonly<Record<State, string>> = {
  met: "cumplida",
  "not-met": "no cumplida",
  unknown: "sin demostrar",
};

export const KIND_NAMES: Readonly<Record<PredicateKind, string>> = {
  metrics: "métricas",
  findings: "hallazgos",
  logScan: "revisión de registros",
  proofRun: "prueba ejecutada",
  certificates: "certificados",
  configurations: "configuraciones",
  sbom: "lista de componentes (SBOM)",
};

export const SEVERITY_NAMES: Readonly<Record<Severity, string>> = {
  critical: "crítica",
  high: "alta",
  medium: "media",
  low: "baja",
  info: "informativa",
};

export const TOOL_NAMES: Readonly<Record<Tool, string>> = {
  zap: "ZAP",
  schemathesis: "Schemathesis",
  sarif: "SARIF",
  osv: "osv-scanner",
  "npm-audit": "npm audit",
};

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  "lead-security": "Lead Security",
  "lead-api-security": "responsable de seguridad de la API",
  "qa-sec": "QA Sec",
  "devops-security": "DevOps de seguridad",
  backend: "desarrollo backend",
  observability: "observabilidad",
  coordinator: "coordinación",
  code: "CODE",
  ceo: "CEO",
};
