"""Makes a database of five records for osv-scanner, and two lock files."""

import json
import os
import zipfile

def rec(id, name, eco, fixed, **more):
    return {"schema_version":"1.6.7","id":id,"modified":"2026-11-01T00:00:00Z","published":"2026-10-01T00:00:00Z",
      "affected":[{"package":{"ecosystem":eco,"name":name},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]+([{"fixed":fixed}] if fixed else [])}]}],**more}
npm=[
 rec("GHSA-2222-3333-4444","fase-b-made-left","npm","1.2.3",summary="Made up: prototype pollution in fase-b-made-left",aliases=["CVE-2026-99901"],
   severity=[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],database_specific={"severity":"CRITICAL","cwe_ids":["CWE-1321"],"github_reviewed":True}),
 rec("OSV-2026-99901","fase-b-made-left","npm","1.2.3",summary="The same, of another database",aliases=["CVE-2026-99901"]),
 rec("GHSA-5555-6666-7777","fase-b-made-right","npm",None,summary="Made up: regular expression takes quadratic time",
   severity=[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}],database_specific={"severity":"MODERATE","cwe_ids":["CWE-1333","CWE-400"]}),
 rec("GHSA-8888-9999-2222","fase-b-made-right","npm","9.0.0",summary="Made up: of which nobody says how severe it is"),
 rec("MAL-2026-9901","fase-b-made-evil","npm",None,summary="Malicious code in fase-b-made-evil (made up)"),
]
import os
for eco,recs in {"npm":npm}.items():
    os.makedirs(f"db/osv-scalibr/{eco}",exist_ok=True)
    with zipfile.ZipFile(f"db/osv-scalibr/{eco}/all.zip","w") as z:
        for r in recs: z.writestr(r["id"]+".json",json.dumps(r))
lock=lambda pk:{"name":"fase-b-made","version":"1.0.0","lockfileVersion":3,"requires":True,"packages":{"":{"name":"fase-b-made","version":"1.0.0","dependencies":{n:v for n,v in pk.items()}},**{f"node_modules/{n}":{"version":v,"resolved":f"https://registry.example.com/{n}/-/{n}-{v}.tgz","integrity":"sha512-"+"A"*86+"=="} for n,v in pk.items()}}}
json.dump(lock({"fase-b-made-left":"1.2.2","fase-b-made-right":"3.0.1","fase-b-made-evil":"1.0.0","fase-b-made-good":"2.0.0"}),open("proj/package-lock.json","w"),indent=1)
os.makedirs("clean",exist_ok=True)
json.dump(lock({"fase-b-made-good":"2.0.0"}),open("clean/package-lock.json","w"),indent=1)
