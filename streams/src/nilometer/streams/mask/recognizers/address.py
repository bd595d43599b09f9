"""Addresses of many countries: streets, postal lines, units, boxes; then the block that they make up together.

The pieces have forms of their own. A piece next to another one, or with a town between, belongs to the same address.
"""

from collections.abc import Iterable, Iterator, Sequence

import regex
from presidio_analyzer import EntityRecognizer, Pattern, RecognizerResult

from nilometer.streams.mask.recognizers.form import CERTAIN, Selective, Span, compiled, result, spans
from nilometer.streams.mask.recognizers.lexicon import Is, flags_of, is_ordinary

# United States Postal Service, Publication 28, appendix C1, and what other English-speaking countries add.
_STREETS = (
    "alley|annex|arcade|avenue|ave|av|bayou|beach|bend|bluffs?|bottom|boulevard|blvd|branch|bridge|brooks?|burgs?|bypass|camp|canyon|cape|causeway|cswy|centers?|centres?"
    "|chase|circles?|cir|cliffs?|close|club|commons?|corners?|course|courts?|ct|coves?|creek|crescent|cres|crest|crossing|crossroads?|curve|dale|dam|divide|drives?|dr|drv"
    "|estates?|expressway|expy|extensions?|falls?|ferry|fields?|flats?|footway|fords?|forest|forges?|forks?|fort|freeway|fwy|gardens?|gdns|gateway|gates?|glade|glens?|greens?"
    "|groves?|harbou?rs?|haven|heights|hts|highway|hwy|hills?|hollow|inlet|islands?|isle|junctions?|keys?|knolls?|lakes?|land|landing|lane|ln|lights?|loaf|locks?|lodge|loop|mall"
    "|manors?|meadows?|mews|mills?|mission|motorway|mount|mountains?|neck|orchard|oval|overpass|parade|pde|parks?|parkways?|pkwy|pass|passage|paths?|pike|pines?|places?|pl|plains?|plaza|points?"
    "|ports?|prairie|promenade|quays?|radial|ramp|ranch|rapids?|rest|ridges?|rise|rivers?|roads?|rd|roadway|route|row|rue|run|shoals?|shores?|skyway|springs?|spurs?|squares?|sq|stations?"
    "|strand|stravenue|stream|streets?|st|summit|terrace|ter|throughway|thoroughfare|traces?|tracks?|trafficway|trails?|trl|trailer|tunnel|turnpike|tpke|underpass|unions?|valleys?|viaduct|views?"
    "|villages?|ville|vista|walks?|walls?|way|ways|wells?|wharf|wynd|chowk|circle|ganj|marg|nagar|zila|path|colony|layout|esplanade|broadway"
    # Of British and Australian towns.
    "|villas?|circus|plateau|roadside|ramble|concourse|circuit|cutting|boardwalk|quadrant|quadrangle|retreat|meander|siding|grange|nook|towers?|dell|copse|corso|frontage|foreshore|precinct|driveway|elbow|brae|mead|vale"
)
_STATE = (
    "A[KLRSZAEP]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|"
    "W[AIVY]"
)
_WHOLE_STATE = "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New (?:Hampshire|Jersey|Mexico|York)|(?:North|South) (?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"
_PROVINCE = "AB|BC|MB|N[BLSTU]|ON|PE|QC|SK|YT"
_MEXICAN = r"AGS|BCS?|CAMP|CHIS|CHIH|COAH|COL|DF|CDMX|DGO|GTO|GRO|HGO|JAL|MEX|MICH|MOR|NAY|NL|OAX|PUE|QRO|Q\.[ ]ROO|SLP|SIN|SON|TAB|TAMPS|TLAX|VER|YUC|ZAC"
_AUSTRALIAN = "NSW|VIC|QLD|SA|WA|TAS|ACT|NT"
_CAP = r"\p{Lu}[\p{L}\p{M}'’.-]{0,40}"
_WORD = rf"(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th)\b|[\p{{Han}}\p{{Hangul}}\p{{Arabic}}\p{{Hebrew}}\p{{Devanagari}}\p{{Thai}}][\p{{L}}\p{{M}}’']{{0,30}})"
_TOWN = rf"{_CAP}(?:[ ](?:(?:de|do|da|dos|del|della|di|la|las|los|le|les|en|sur|sous|am|an|der|im|bei|ob|den|aan|van|op|of|upon|sul|a|i|u|nad|pod|na|v|ve|při|in)[ ]){{0,2}}{_CAP}){{0,4}}(?:[ ]los[ ](?:altos|bajos))?"
_UNITS = r"(?i:suite|ste\.?|apartment|apt\.?|unit|flat|studio|floor|fl\.?|level|room|rm\.?|building|bldg\.?|lot|shop|block|door)"
_UNIT = rf"(?:{_UNITS}[ ]*[#]?[ ]?(?:[A-Za-z]?-?\d+[A-Za-z]?|[A-Z])\b|#[ ]?\d{1, 4}\b)"
_COMPASS = r"(?:[NSEW]\.?|NE|NW|SE|SW|North|South|East|West)"
_ZIP = r"\d{5}(?:-\d{4})?"
_NUMBER = r"\d{1,6}(?:[ ]?[a-zA-Z]\b)?(?:[ ]?[-–/][ ]?\d{1,5}[a-zA-Z]?)?"
_B = r"(?<![\p{L}\p{N}_$€£#.,:=@/-])"
_B0 = r"(?<![\p{L}\p{N}_])"
_E = r"(?![\p{L}\p{N}_])"
_OF = r"(?:(?:de|du|des|la|le|les|l['’]|d['’]|da|do|dos|das|del|della|dello|delle|dei|degli|di|los|las|el|dell['’]|y(?=[ ])|e(?=[ ]))[ ]?){0,4}"
_ROMANCE = (
    r"(?i:rue|avenue|av\.|boulevard|bd|place|chemin|allées?|quai|impasse|cours|square|passage|route|sentier|ruelle|faubourg"
    r"|calle|c/|c\.|cl\.|cll\.|cra\.|vial|trecho|avenida|avda\.?|paseo|plaza|plaça|camino|carretera|ronda|glorieta|callejón|pasaje|pasadizo|cuesta|rambla|travesía|vía|alameda|acceso|cañada|urbanización|privada|circuito|calzada|andador|viaducto|prolongación|cerrada|periférico|diagonal|retorno|boulevard|continuación|corredor|peatonal|eje vial|ampliación|circunvalación|bulevar|libramiento|cerro|colonia|manzana"
    r"|via|viale|vicolo|piazza|piazzale|largo|corso|strada|stradone|contrada|borgo|rotonda|stretto|incrocio|canale|salita|lungomare|galleria"
    r"|rua|travessa|praça|alameda|largo|rodovia|estrada|viela|vila|beco|ladeira|trevo|loteamento|condomínio|conjunto|residencial|recanto|chácara|morro|núcleo|parque|passarela|pátio|quadra|setor|sítio|vale|vereda|via|viaduto|aeroporto|campo|colônia|distrito|esplanada|estação|favela|fazenda|feira|jardim|ladeira|lago|lagoa|área|praia"
    r"|strada|bulevardul|aleea|calea|drumul|soseaua|piata|splaiul|fundatura|intrarea|șoseaua|intrarea|splaiul|piața)"
)
_SLAVIC = r"(?i:ul\.|ulica|al\.|aleja|aleje|pl\.|plac|os\.|osiedle|rondo|skwer|ulice|náměstí|nám\.|třída|ulica|cesta|trg|вул\.|вулиця|просп\.|проспект|ул\.|улица|пер\.|переулок|алл\.|аллея|бульвар|бул\.|наб\.|набережная|ш\.|шоссе|пл\.|площадь|проезд)"
_GERMANIC = (
    r"(?:straße|strasse|str\.|gasse|gässchen|allee|platz|weg|ring|damm|ufer|graben|steig|stieg|zeile|chaussee|promenade|garten|hof|markt|berg|tor"
    r"|straat|laan|plein|steeg|gracht|kade|singel|dijk|dreef|pad|hof|plantsoen|baan|boulevard|weg|dwarsstraat|ring"
    r"|gatan|gata|vägen|väg|gränd|gränden|stigen|torget|allén|backen|liden|plan|brinken|vej|gade|stræde|allé|plads|vænget|veien|vei|gaten|gate|plass|bakken|tunet|holtet|stien|løkka|svingen"
    r"|bråten|røa|åsen|haugen|dalen|moen|sletta|kollen|toppen|skogen|kroken|enga|jordet|stubben|faret|flata|ekra|vika|terrassen|parken|alléen|stranda|eggen|lei"
    r"|katu|tie|kuja|polku|raitti|tori|kaari|rinne|väylä|bulevardi|puistotie|aukio|ranta|mäki)"
)
_TURKISH = r"(?i:sokak|sokağı|sok\.|cadde|caddesi|cad\.|mahallesi|mah\.|bulvarı|sokagi)"
_PIECES = {
    # Streets
    "number and street": rf"{_B}\d{{1,6}}[A-Za-z]?(?:[-/]\d{{1,4}}[A-Za-z]?)?,?[ ]+(?:{_COMPASS}[ ]+)?(?:{_WORD}[ ]+){{1,4}}(?i:{_STREETS}){_E}\.?(?:[ ]+{_COMPASS}{_E})?",
    "named street and number": rf"{_B0}(?:{_CAP}[ ]){{1,3}}(?i:street|road|avenue|lane|drive|marg|nagar|chowk|colony|layout)[ ]+\d{{1,5}}[A-Za-z]?{_E}",
    "unit before street": rf"{_B0}{_UNIT}[ ,]*\n?(?=[ ]*(?:\d|\p{{Lu}}))",
    "unit": rf"{_B0}{_UNIT}",
    "germanic": rf"{_B0}\p{{Lu}}[\p{{L}}\p{{M}}.’'-]{{0,40}}(?:[ ]\p{{L}}[\p{{L}}.’'-]{{1,40}}){{0,3}}?(?<=\p{{L}}{{2}}){_GERMANIC}[ ]{_NUMBER}{_E}",
    "germanic, apart": rf"{_B0}(?:\p{{Lu}}[\p{{L}}\p{{M}}.’'-]{{0,40}}[ -]){{1,4}}(?i:straße|strasse|str\.|gasse|allee|platz|weg|ring|damm|ufer|straat|laan|plein|gata|väg|gate|vei|vej|gade|stræde|allé|plads|vænge|katu|tie|kuja|polku|bulevardi|esplanadi){_E}[ ]{_NUMBER}{_E}",
    "french": rf"{_B}\d{{1,4}}(?:[ ]?(?:bis|ter|quater))?,?[ ]{_ROMANCE}[ ]{_OF}{_CAP}(?:[ -](?:{_OF}){_CAP}){{0,4}}",
    "romance": rf"{_B0}{_ROMANCE}[ ]{_OF}{_CAP}(?:[ -](?:{_OF}){_CAP}){{0,5}}(?:,?[ ]+(?:n[º°.]?|nº|no\.?|nr\.?|num\.?|s/n)?[ ]*\d{{1,5}}[A-Za-z]?(?:[/-]\d{{1,4}})?{_E}(?:[ ,]+(?i:interior|int\.|edif\.|edificio|depto\.|departamento|piso|local|bodega|manzana|lote|apto\.)[ ]*\d{{1,4}}[A-Za-z]?{_E}|[ ]\d{{3}}(?=[ ]*(?:[,\n\"'|]|\\n|$))){{0,3}}|,?[ ]+(?i:s/n))",
    "hungarian": rf"{_B0}(?:{_CAP}[ ]){{1,3}}(?:utca|út|útja|tér|tere|körút|köz|sor|sétány|fasor|rakpart|liget)[ ]\d{{1,4}}(?:/[A-Z]|[A-Z])?\.?",
    "slavic": rf"{_B0}{_SLAVIC}[ ]{_CAP}(?:[ -](?:i[ ])?{_CAP}){{0,3}},?[ ](?:д\.|буд\.|č\.p\.)?[ ]?{_NUMBER}{_E}",
    "slavic, next": rf"(?:(?<=,[ ])|{_B0})(?:д|дом|кв|корп|к|стр|буд|офис)\.[ ]?\d+(?:/\d+)?[а-я]?{_E}",
    "turkish": rf"{_B0}(?:{_CAP}[ ]){{1,4}}{_TURKISH}(?:[ ]*(?:No|no)[ .:]*\d+(?:/\d+)?)?",
    "indian": rf"(?:{_B0}(?:H\.?[ ]?No\.?|House No\.?|Plot No\.?|Flat No\.?|Door No\.?|Survey No\.?)[ ]*:?[ ]*[\dA-Z/-]+|{_B}\d{{1,3}}/\d{{1,3}}(?=[ ]?[,\n]))",
    "romance unit": rf"{_B0}(?i:piso|puerta|apto\.?|apartamento|depto\.?|edif\.?|edificio|bloque|esc\.?|escalera|bl\.|sc\.|ap\.|appartamento|interno|int\.|bâtiment|bât\.|étage|lote|bloco|casa|planta|portal|local)[ ]*\d{{1,4}}[A-Za-z]?[º°ª]?{_E}",
    "box": rf"{_B0}(?i:p\.?[ ]?o\.?[ ]?box|postfach|apartado(?: postal)?|boîte postale|bp|caixa postal|casella postale|postbus|skrytka pocztowa)[ ]+\d{{1,7}}{_E}",
    "military": rf"{_B0}(?:(?:PSC|CMR|Unit)[ ]\d{{3,5}},?[ ](?:Box|box)[ ]\d{{1,5}}|(?:USNS|USNV|USCGC|USS|FPO|APO|DPO)[ ](?:{_CAP}|A[AEP]))(?:[ ]{_CAP})?",
    "vietnamese": r"(?:\d{1,4}(?:/\d{1,4}){0,3}[ ])?(?:(?i:số|khu|khóm|tổ|ngõ|hẻm|ngách)[ ]\d{1,4}(?:/\d{1,4})?[ ,]+){0,3}(?i:đường|phố|phường|quận|huyện|tỉnh|thị trấn|xã|hẻm|ngõ|thành phố)[ ](?:\p{Lu}|số[ ]\d|\d)[\p{L}\p{M}\d]{0,10}(?:[ ,]{1,2}(?:\p{Lu}[\p{L}\p{M}]{0,10}|\d{1,6}|(?i:đường|phố|phường|quận|huyện|tỉnh|xã|thành phố|thị trấn)(?=[ ]))){0,16}",
    "vietnamese, indonesian": rf"{_B0}(?:(?:Số|Ngõ|Khóm|Đường|Phường|Quận|TP\.|Tp\.)[ ][\p{{Lu}}\d][^\n,;|\"]{{1,40}}|(?:Jl\.?|Jalan|Gg\.?|Gang)[ ]{_CAP}(?:[ ](?!No\b){_CAP}){{0,4}}(?:[ ]No\.?[ ]?\d+)?)",
    "japanese": r"(?:\p{Han}{2,3}[都道府県])?[\p{Han}\p{Hiragana}\p{Katakana}ヶー]{1,8}[市区町村郡][\p{Han}\p{Hiragana}\p{Katakana}ヶーA-Za-z0-9０-９]{0,20}\d{1,4}(?:丁目|番地?|号|[-−ー－]\d{1,4}){0,3}(?:\d{1,4}(?:番地?|号|丁目)){0,3}(?:[ 　][\p{Han}\p{Hiragana}\p{Katakana}ー]{1,16}\d{0,4}(?:号室)?)?",
    "japanese prefecture": r"〒?[ ]?\d{3}-\d{4}[ ]?\p{Han}{2,3}[都道府県][^\s,;|\"']{2,30}|\p{Han}{2,3}[都道府県]\p{Han}{1,6}[市区町村郡][^\s,;|\"'.]{1,30}",
    "chinese": r"\p{Han}{2,8}(?:省|自治区|特别行政区|市)\p{Han}{1,8}(?:市|区|县|镇|旗)[^\s,，;|\"'.。]{0,24}(?:[ ]\d{6})?|\p{Han}{1,8}(?:路|街|巷|大道|胡同)[\p{L}\d]{0,4}(?:号|座|弄|栋)(?:[ ]?\d{6})?",
    "korean": r"\p{Hangul}{2,8}(?:특별시|광역시|특별자치시|특별자치도|도|시)[ ]\p{Hangul}{1,6}(?:시|군|구)(?:[ ][\p{Hangul}\d]{1,14}(?:구|읍|면|로|길|동|가|거리)){0,3}(?:[ ](?:지하)?\d{1,5}(?:-\d+)?)?(?:[ ]?\([\p{Hangul}\d, ]{2,20}\))?",
    "romance without a number": rf"{_B0}{_ROMANCE}[ ]{_OF}{_CAP}(?:[ -](?:{_OF}){_CAP}){{0,5}}",
    # Without a word that says street: only beside another piece.
    "number and words": rf"{_B}\d{{1,6}}[A-Za-z]?(?:[-/]\d{{1,4}})?,?[ ]+(?:{_WORD}[ ]){{0,3}}{_WORD}(?=[ ]?[,\n])",
    "words and number": rf"{_B0}{_CAP}(?:[ ](?:{_OF}){_CAP}){{0,4}},?[ ]\d{{1,4}}[A-Za-z]?(?=[ ]?[,\n])",
    "number on a line": r"^\d{1,5}[A-Z]?(?=\n\p{Lu})",
    "street under a unit": rf"(?<=\n|\\n|,[ ]){_CAP}(?:[ ]{_CAP})?[ ](?i:{_STREETS}){_E}",
    # Postal lines
    "mexico": rf"{_B0}{_TOWN},[ ](?:{_MEXICAN})\.?[ ]{_ZIP}{_E}",
    "town, two letters and code": rf"{_B0}{_TOWN},[ ][A-Z]{{2}}[ ]\d{{5}}{_E}",
    "us": rf"{_B0}(?:{_CAP}[ ]+){{0,4}}{_CAP},?[ ]+(?:{_STATE}),?[ ]+{_ZIP}{_E}",
    "us, state apart": rf"{_B0}(?:{_STATE}),?[ ]+{_ZIP}{_E}",
    "us, whole state": rf"{_B0}(?:{_CAP}[ ]){{0,3}}{_CAP},[ ](?:{_WHOLE_STATE})(?:,?[ ]{_ZIP})?{_E}",
    "canada": rf"{_B0}(?:(?:{_CAP}[ ]+){{0,4}}{_CAP},?[ ]+(?:{_PROVINCE}),?[ ]+)?[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d{_E}",
    "australia": rf"{_B0}(?:(?:{_CAP}[ ]+){{0,3}}{_CAP},?[ ]+)?(?:{_AUSTRALIAN}),?[ ]+\d{{4}}{_E}",
    "uk": rf"{_B0}(?:GIR 0AA|[A-PR-UWYZ](?:[A-HK-Y]?\d[A-Z\d]?|\d[A-HJKPSTUW])[ ]\d[ABD-HJLNP-UW-Z]{{2}}){_E}",
    "ireland": rf"{_B0}[AC-FHKNPRTV-Y]\d[\dW][ ]?[\dAC-FHKNPRTV-Y]{{4}}{_E}(?:[ ,]+{_TOWN}{_E})?",
    "code and town": rf"(?:(?<![\p{{L}}\p{{N}}_.:=#$€£/+-])|(?<=\b[A-Z]{{1,2}}-))\d{{5}},?[ ]{_TOWN}(?:[ ]\([A-Z]{{2}}\))?{_E}",
    "code in two, and town": rf"{_B}(?:\d{{2}}-\d{{3}}|\d{{3}}[ ]\d{{2}}|\d{{4}}-\d{{3}}|\d{{5}}-?\d{{3}}|\d{{4}}[ ]?[A-Z]{{2}})[ ,]*\n?[ ]*(?:d[aeo]s?[ ])?{_TOWN}(?:[ ]?[/-][ ]?[A-Z]{{2}})?{_E}",
    "short code and town": rf"{_B}(?:[A-Z]{{1,2}}-)?\d{{4}},?[ ]{_TOWN}{_E}(?:[ ]\([A-Z]{{2}}\))?",
    "town and four digits": rf"{_B0}(?![A-Z]{{2,4}}[ ]\d){_TOWN}[ ]\d{{4}}(?=[ ]*(?:\.(?!\d)|[,;\n\"'<)|]|\\n|$))",
    "town and code": rf"{_B0}{_TOWN}(?:[ ]?[,-][ ]?|[ ]){_ZIP[:5]}(?:\d)?(?!\d|[-.,]\d){_E}",
    "brazil": rf"{_B}\d{{5}}-\d{{3}}{_E}(?:[ ,]+(?:d[aeo]s?[ ])?{_TOWN}(?:[ ]?[/-][ ]?[A-Z]{{2}})?)?",
    "named town": rf"(?i:\b(?:city|town|home ?town|stadt|wohnort|ville|ciudad|città|cidade|miasto))[\"']?[ ]?[=:][ ]?[\"']?(?P<value>{_TOWN}){_E}",
    "town of several words": r"\b(?:São Paulo|Rio de Janeiro|Porto Alegre|Belo Horizonte|Buenos Aires|New York City|New York|New Delhi|New Orleans|Los Angeles|Las Vegas|San Francisco|San Diego|San José|San Antonio|Salt Lake City|Kansas City|Mexico City|Ciudad de México|Cape Town|Port Elizabeth|Hong Kong|Kuala Lumpur|Ho Chi Minh City|Tel Aviv|Abu Dhabi|Addis Ababa|Dar es Salaam|Saint Petersburg|St\. Petersburg|Den Haag|The Hague|Frankfurt am Main|Santiago de Chile|Santiago de Compostela|Palma de Mallorca|Costa Rica|South Africa|South Korea|New Zealand|Saudi Arabia|Sri Lanka|Puerto Rico|Ivory Coast|United Kingdom|United States|Great Britain)\b",
    "town by name": r"\b(?:in|to|from|near|around|outside|visit|visiting|via|at)[ ](?P<value>Lagos|Nairobi|Kyoto|Osaka|Toronto|Vancouver|Montreal|Brno|Prague|Praha|Kraków|Krakow|Warsaw|Warszawa|Gdańsk|Lyon|Marseille|Toulouse|Bordeaux|Nantes|Lille|Antwerp|Antwerpen|Brussels|Ghent|Utrecht|Rotterdam|Eindhoven|Munich|München|Hamburg|Cologne|Köln|Stuttgart|Düsseldorf|Leipzig|Zurich|Zürich|Geneva|Genève|Basel|Bern|Vienna|Wien|Graz|Salzburg|Copenhagen|Aarhus|Oslo|Bergen|Trondheim|Stockholm|Gothenburg|Göteborg|Malmö|Helsinki|Tampere|Turku|Reykjavik|Dublin|Galway|Cork|Limerick|Belfast|Glasgow|Edinburgh|Leeds|Liverpool|Manchester|Birmingham|Sheffield|Seville|Sevilla|Málaga|Bilbao|Zaragoza|Barcelona|Madrid|Lisbon|Lisboa|Porto|Coimbra|Milan|Milano|Rome|Roma|Naples|Napoli|Turin|Torino|Bologna|Palermo|Athens|Thessaloniki|Budapest|Bucharest|Sofia|Belgrade|Zagreb|Ljubljana|Istanbul|Ankara|Izmir|Cairo|Casablanca|Tunis|Accra|Kampala|Johannesburg|Durban|Pretoria|Mumbai|Bengaluru|Bangalore|Chennai|Kolkata|Hyderabad|Pune|Jaipur|Karachi|Lahore|Dhaka|Kathmandu|Colombo|Bangkok|Hanoi|Saigon|Manila|Cebu|Jakarta|Surabaya|Bandung|Singapore|Taipei|Seoul|Busan|Incheon|Shanghai|Beijing|Shenzhen|Guangzhou|Chengdu|Nagoya|Sapporo|Fukuoka|Tokyo|Melbourne|Brisbane|Perth|Adelaide|Canberra|Auckland|Wellington|Bogotá|Medellín|Lima|Quito|Caracas|Montevideo|Asunción|Salvador|Recife|Curitiba|Brasília|Guadalajara|Monterrey|Havana|Portugal|Spain|France|Germany|Italy|Poland|Sweden|Norway|Denmark|Finland|Ireland|Greece|Hungary|Romania|Bulgaria|Croatia|Serbia|Ukraine|Kenya|Nigeria|Ghana|Ethiopia|Egypt|Morocco|Tunisia|Vietnam|Thailand|Malaysia|Indonesia|Philippines|Japan|China|Brazil|Argentina|Colombia|Peru|Canada|Mexico|Australia)\b",
    "named code": r"(?i:\b(?:zip|zip ?code|post(?:al)? ?code|postcode|pin ?code|plz|cap|cep|code postal|cp)\b)[ ]*(?:is|:|=|#)?[ ]*[\"']?(?P<value>(?:[A-Z]{1,2}-?)?\d[A-Z\d]{1,4}(?:[ -][A-Z\d]{3,4})?)(?!\w)",
}  # fmt: skip
_ALONE = frozenset(
    {
        *(
            "number and street",
            "germanic",
            "germanic, apart",
            "french",
            "romance",
            "slavic",
            "turkish",
            "box",
            "military",
            "us",
            "us, whole state",
        ),
        *(
            "canada",
            "australia",
            "uk",
            "japanese",
            "japanese prefecture",
            "chinese",
            "korean",
            "vietnamese, indonesian",
            "named code",
            "us, state apart",
        ),
        *("hungarian", "vietnamese", "mexico", "named town", "town of several words", "town by name"),
        *("brazil", "ireland", "named street and number", "labelled"),
    }
)
"""Pieces that are a place without another one beside them."""
_GAP = compiled(
    rf"[ ]*(?:,|\n|\\n|[ ]-|[ ])?[ ,]*\n?[ ]*(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th|[ªº])|(?:de|la|el|los|las|do|da|del|of|upon|en|sur|an|der|am))(?:[ ,]+|[ ]*\n[ ]*|[ ]?-[ ]?)){{0,6}}[ ,\n-]*"
)
_TOWN_AFTER = compiled(
    rf"(?:[ ]*,[ ]*|[ ]*\n[ ]*|[ ]+-[ ]+)(?:{_TOWN})(?:[ ]*,[ ]*(?:[A-Z]{{2,3}}|{_TOWN}))?(?=[ ]*(?:[,.;\n\"'<)|]|$))"
)
_LABELLED = (
    r"(?<!(?i:mail|mac|ip|wallet|bitcoin|btc|eth|ethereum|crypto|hardware|memory|web|network|contract|physical|url)[ _-]?)"
    r"(?i:\b(?:address(?: line)?(?: ?[12])?|addr|adresse|dirección|direccion|indirizzo|endereço|adres|ship(?:ping)? to|deliver(?:y|ed)? to|residence|住所|地址|주소|पता|العنوان))"
    r"[*_\"']{0,3}(?:[ ]is|[ ]?[:=])[*_]{0,2}[ ]*[\"']?\n?[ ]*(?P<value>(?:[^\n\"'<>|;{}=.!?@]|\.(?!\s+\p{Lu}|\s*$)|(?<=\p{L})['’](?=\p{L})){6,120}+)"
)


class AddressRecognizer(Selective):
    """Addresses as blocks of such pieces."""

    def __init__(self) -> None:
        forms = {**_PIECES, "labelled": _LABELLED}
        super().__init__(
            supported_entity="LOCATION",
            name="AddressRecognizer",
            patterns=[Pattern(name, form, CERTAIN) for name, form in forms.items()],
            context=[],
            global_regex_flags=regex.MULTILINE,
        )

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        pieces = sorted(set(_pieces(patterns, text)))
        return [result(self, "LOCATION", span, CERTAIN) for span in _blocks(text, pieces)]


def _pieces(patterns: Sequence[Pattern], text: str) -> Iterable[tuple[Span, bool]]:
    """Where the pieces stand, and whether each is a place on its own."""
    for pattern in patterns:
        for span in spans(compiled(str(pattern.regex)), text):
            found = text[slice(*span)]
            if pattern.name == "labelled" and not any(char.isdigit() for char in found):
                continue
            if pattern.name == "town and code" and not _town(found):
                continue
            yield _trim(text, span), pattern.name in _ALONE


def _town(text: str) -> bool:
    """`Meerut-286012`, not `Order 12345`."""
    words = regex.findall(r"\p{L}+", text)
    if all(word.isupper() for word in words):
        return False
    return not any(word.lower() in _COUNTED for word in words)


_COUNTED = frozenset(
    regex.findall(
        r"\w+",
        "order invoice ticket room page pages flight version port error code step item case id number no ref reference request line row table chapter section figure model build release"
        " batch job task user account card since in from until by year total about over under approximately booking tracking customer client member patient serial part sku isbn",
    )
)


def _trim(text: str, span: Span) -> Span:
    start, end = span
    while end > start and text[end - 1] in " ,\n-":
        end -= 1
    return start, end


def _blocks(text: str, pieces: list[tuple[Span, bool]]) -> Iterator[Span]:
    at = 0
    while at < len(pieces):
        (start, end), sure = pieces[at]
        count, at = 1, at + 1
        while at < len(pieces):
            (next_start, next_end), alone = pieces[at]
            if next_start < end:
                if next_end > end:
                    end = next_end
                sure, at = sure or alone, at + 1
                continue
            if next_start - end > 60 or _GAP.fullmatch(text, end, next_start) is None:
                break
            end, count, sure, at = max(end, next_end), count + 1, sure or alone, at + 1
        if sure or count > 1:
            if (town := _TOWN_AFTER.match(text, end)) is not None and not _sentence(town.group()):
                end = town.end()
            yield start, end


def _sentence(text: str) -> bool:
    """`, Please` is no town."""
    words = regex.findall(r"\p{L}+", text)
    return all(is_ordinary(word) or (flags_of(word) & Is.WORD and not flags_of(word) & Is.PLACE) for word in words[:1])


def recognizers() -> list[EntityRecognizer]:
    return [AddressRecognizer()]
