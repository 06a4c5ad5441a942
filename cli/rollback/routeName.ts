/**
 * `POST /chat`, of what a stage (`~1chat/POST`, listed as `/chat/POST`) or a usage plan (`/chat/POST`) names a method by. What holds for the
 * others is `* *`.
 */
export function routeName(path: string): string {
  const at = path.lastIndexOf("/");
  const resource = path.slice(0, at).replaceAll("~1", "/").replaceAll("~0", "~");
  const rooted = resource === "*" || resource.startsWith("/") ? resource : `/${resource}`;
  return `${path.slice(at + 1)} ${rooted}`;
}
