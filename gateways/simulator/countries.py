"""The countries and regions that Commerce accepts in a shipping address."""

from itertools import count

from schemas.places import without_accents

_COUNTRY_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

COUNTRIES = frozenset(_COUNTRY_CODES.split())
"""All codes of ISO 3166-1; "UK" is none of them."""

_REGIONS = {
    "AU": """
        ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|
        SA South Australia|TAS Tasmania|VIC Victoria|WA Western Australia
    """,
    "BR": """
        AC Acre|AL Alagoas|AP Amapá|AM Amazonas|BA Bahia|CE Ceará|DF Distrito Federal|ES Espírito Santo|
        GO Goiás|MA Maranhão|MT Mato Grosso|MS Mato Grosso do Sul|MG Minas Gerais|PA Pará|PB Paraíba|
        PR Paraná|PE Pernambuco|PI Piauí|RJ Rio de Janeiro|RN Rio Grande do Norte|RS Rio Grande do Sul|
        RO Rondônia|RR Roraima|SC Santa Catarina|SP São Paulo|SE Sergipe|TO Tocantins
    """,
    "CA": """
        AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|
        NT Northwest Territories|NS Nova Scotia|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|
        SK Saskatchewan|YT Yukon
    """,
    "CH": """
        AG Aargau|AI Appenzell Innerrhoden|AR Appenzell Ausserrhoden|BE Bern|BL Basel-Landschaft|BS Basel-Stadt|
        FR Friburg|GE Geneva|GL Glarus|GR Graubünden|JU Jura|LU Lucerne|NE Neuchâtel|NW Nidwalden|OW Obwalden|
        SG St. Gallen|SH Schaffhausen|SO Solothurn|SZ Schwyz|TG Thurgau|TI Ticino|UR Uri|VD Vaud|VS Wallis|
        ZG Zug|ZH Zürich
    """,
    "ES": """
        C A Coruña|VI Alava|AB Albacete|A Alicante|AL Almeria|O Asturias|AV Avila|BA Badajoz|PM Baleares|
        B Barcelona|BU Burgos|CC Caceres|CA Cadiz|S Cantabria|CS Castellon|CE Ceuta|CR Ciudad Real|CO Cordoba|
        CU Cuenca|GI Girona|GR Granada|GU Guadalajara|SS Guipuzcoa|H Huelva|HU Huesca|J Jaen|LO La Rioja|
        GC Las Palmas|LE Leon|L Lleida|LU Lugo|M Madrid|MA Malaga|ML Melilla|MU Murcia|NA Navarra|OR Ourense|
        P Palencia|PO Pontevedra|SA Salamanca|TF Santa Cruz de Tenerife|SG Segovia|SE Sevilla|SO Soria|
        T Tarragona|TE Teruel|TO Toledo|V Valencia|VA Valladolid|BI Vizcaya|ZA Zamora|Z Zaragoza
    """,
    "IN": """
        AN Andaman and Nicobar Islands|AP Andhra Pradesh|AR Arunachal Pradesh|AS Assam|BR Bihar|
        CH Chandigarh|CT Chhattisgarh|DN Dadra and Nagar Haveli|DD Daman and Diu|
        DH Dadra and Nagar Haveli and Daman and Diu|DL Delhi|GA Goa|
        GJ Gujarat|HR Haryana|HP Himachal Pradesh|JK Jammu and Kashmir|JH Jharkhand|KA Karnataka|
        KL Kerala|LA Ladakh|LD Lakshadweep|MP Madhya Pradesh|MH Maharashtra|MN Manipur|ML Meghalaya|
        MZ Mizoram|NL Nagaland|OR Odisha|PY Puducherry|PB Punjab|RJ Rajasthan|SK Sikkim|TN Tamil Nadu|
        TG Telangana|TR Tripura|UP Uttar Pradesh|UT Uttarakhand|WB West Bengal
    """,
    "IT": """
        AG Agrigento|AL Alessandria|AN Ancona|AO Aosta|AQ L'Aquila|AR Arezzo|AP Ascoli-Piceno|AT Asti|
        AV Avellino|BA Bari|BT Barletta-Andria-Trani|BL Belluno|BN Benevento|BG Bergamo|BI Biella|BO Bologna|
        BZ Bolzano|BS Brescia|BR Brindisi|CA Cagliari|CL Caltanissetta|CB Campobasso|CE Caserta|CT Catania|
        CZ Catanzaro|CH Chieti|CO Como|CS Cosenza|CR Cremona|KR Crotone|CN Cuneo|EN Enna|FM Fermo|FE Ferrara|
        FI Firenze|FG Foggia|FC Forli-Cesena|FR Frosinone|GE Genova|GO Gorizia|GR Grosseto|IM Imperia|IS Isernia|
        SP La-Spezia|LT Latina|LE Lecce|LC Lecco|LI Livorno|LO Lodi|LU Lucca|MC Macerata|MN Mantova|
        MS Massa-Carrara|MT Matera|ME Messina|MI Milano|MO Modena|MB Monza-Brianza|NA Napoli|NO Novara|NU Nuoro|
        OR Oristano|PD Padova|PA Palermo|PR Parma|PV Pavia|PG Perugia|PU Pesaro-Urbino|PE Pescara|PC Piacenza|
        PI Pisa|PT Pistoia|PN Pordenone|PZ Potenza|PO Prato|RG Ragusa|RA Ravenna|RC Reggio-Calabria|
        RE Reggio-Emilia|RI Rieti|RN Rimini|RM Roma|RO Rovigo|SA Salerno|SS Sassari|SV Savona|SI Siena|
        SR Siracusa|SO Sondrio|SU Sud Sardegna|TA Taranto|TE Teramo|TR Terni|TO Torino|TP Trapani|TN Trento|
        TV Treviso|TS Trieste|UD Udine|VA Varese|VE Venezia|VB Verbania|VC Vercelli|VR Verona|VV Vibo-Valentia|
        VI Vicenza|VT Viterbo
    """,
    "MX": """
        AGU Aguascalientes|BCN Baja California|BCS Baja California Sur|CAM Campeche|CHP Chiapas|
        CHH Chihuahua|CMX Ciudad de México|COA Coahuila|COL Colima|DUR Durango|MEX Estado de México|
        GUA Guanajuato|GRO Guerrero|HID Hidalgo|JAL Jalisco|MIC Michoacán|MOR Morelos|NAY Nayarit|
        NLE Nuevo León|OAX Oaxaca|PUE Puebla|QUE Querétaro|ROO Quintana Roo|SLP San Luis Potosí|
        SIN Sinaloa|SON Sonora|TAB Tabasco|TAM Tamaulipas|TLA Tlaxcala|VER Veracruz|YUC Yucatán|
        ZAC Zacatecas
    """,
    "US": """
        AL Alabama|AK Alaska|AS American Samoa|AZ Arizona|AR Arkansas|AE Armed Forces Europe|
        AA Armed Forces Americas|AP Armed Forces Pacific|CA California|CO Colorado|CT Connecticut|
        DE Delaware|DC District of Columbia|FM Federated States Of Micronesia|FL Florida|GA Georgia|
        GU Guam|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|
        ME Maine|MH Marshall Islands|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|
        MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|
        NM New Mexico|NY New York|NC North Carolina|ND North Dakota|MP Northern Mariana Islands|OH Ohio|
        OK Oklahoma|OR Oregon|PW Palau|PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|
        SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VI Virgin Islands|VA Virginia|
        WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming
    """,
}


def _words(table: str) -> frozenset[str]:
    pairs = (pair.strip().split(" ", 1) for pair in table.split("|"))
    return frozenset(without_accents(word) for pair in pairs for word in pair)


_KNOWN = {country: _words(table) for country, table in _REGIONS.items()}


def knows_region(country: str, region: str) -> bool:
    """Whether a region, by its code or name, is in a country; True for countries without a list of regions."""
    regions = _KNOWN.get(country)
    return regions is None or without_accents(region) in regions


def regions_of(country: str) -> dict[int, tuple[str, str]]:
    """Return the regions of a country by their id: code and name; none for countries without a list of regions."""
    return _REGIONS_BY_ID.get(country, {})


def _numbered() -> dict[str, dict[int, tuple[str, str]]]:
    numbers = count(1)
    pairs = {country: [pair.strip().split(" ", 1) for pair in table.split("|")] for country, table in _REGIONS.items()}
    return {country: {next(numbers): (code, name) for code, name in listed} for country, listed in pairs.items()}


_REGIONS_BY_ID = _numbered()
