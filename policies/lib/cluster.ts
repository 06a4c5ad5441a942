/** Objects of Kubernetes: where each lives and what it is called. */
import type { ResourceView } from "./policy";
import { object, text, type Props } from "./values";

export const specOf = ({ props }: ResourceView): Props => object(props.spec);

export const metadataOf = ({ props }: ResourceView): Props => object(props.metadata);

export const objectName = (resource: ResourceView): string => text(metadataOf(resource).name);

export const namespaceOf = (resource: ResourceView): string => text(metadataOf(resource).namespace);

/** `agents/services-g1`: objects of a kind are told apart by both. */
export const placeOf = (resource: ResourceView, name: unknown): string =>
  `${namespaceOf(resource)}/${text(name)}`;

/** True for the other end of an opening that is one network, and no wider than so many bits. */
export function isNetwork(peer: Props, least: { readonly four: number; readonly six: number }): boolean {
  const [address = "", bits = ""] = text(object(peer.ipBlock).cidr).split("/");
  return (
    Object.keys(peer).length === 1 &&
    /^\d{1,3}$/.test(bits) &&
    Number(bits) >= (address.includes(":") ? least.six : least.four)
  );
}
