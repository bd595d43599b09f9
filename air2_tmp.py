import json
from collections import Counter
from tests.mask.events import make_masker
from nilometer.streams.mask.finding import Query
m=make_masker(); e=m._engine
texts=set(); names=set()
def walk(v):
    if isinstance(v,dict):
        for k,x in v.items():
            if k in('first_name','last_name') and isinstance(x,str): names.add(x.lower())
            walk(x)
    elif isinstance(v,list):
        for x in v: walk(x)
for i,line in enumerate(open('/work/shared/data/tau_airline_gpt4o.jsonl')):
    r=json.loads(line)
    for msg in r['traj']:
        if isinstance(msg.get('content'),str):
            if msg['role']=='tool':
                try: walk(json.loads(msg['content']))
                except ValueError: pass
            elif i%3==0 and len(msg['content'])<6000: texts.add(msg['content'])
c=Counter(); 
for q,a in e.detect([Query(t) for t in sorted(texts)]).items():
    if isinstance(a,tuple):
        for f in a:
            w=q.text[f.start:f.end]
            if not any(p in names for p in w.lower().replace('-',' ').split()): c[(f.kind,w,f.recognizer)]+=1
for k,v in c.most_common(): print(v,k)
