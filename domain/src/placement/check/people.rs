//! Who owes: names, numbers, addresses, telephones; second parties; the attorney.

use super::Reading;
use crate::placement::Column;
use crate::placement::address::{is_placeholder, read_country, read_state, read_zip};
use crate::placement::contact::{PhoneType, read_email, read_phone};
use crate::placement::finding::Code;
use crate::placement::flag::{self, ReadFlag};
use crate::placement::identity::{Ssn, TaxId};
use crate::placement::line::{
    DebtorType, PlacedAddress, PlacedAttorney, PlacedDebtor, PlacedEmail, PlacedPhone, SecondParty,
};

const PHONES: [[Column; 4]; 3] = [
    [Column::Phone1, Column::Phone1Type, Column::Phone1Consent, Column::Phone1Source],
    [Column::Phone2, Column::Phone2Type, Column::Phone2Consent, Column::Phone2Source],
    [Column::Phone3, Column::Phone3Type, Column::Phone3Consent, Column::Phone3Source],
];

pub(super) fn debtor(reading: &mut Reading<'_>) -> Option<PlacedDebtor> {
    let kind = debtor_type(reading);
    let last = reading.text(Column::Last);
    let business_name = reading.text(Column::BusinessName);
    if reading.cell(Column::Last).is_blank() && reading.cell(Column::BusinessName).is_blank() {
        reading.note(Code::NameMissing, Column::Last);
    }
    let debtor = PlacedDebtor {
        kind: kind.unwrap_or(DebtorType::Consumer),
        first: reading.text(Column::First),
        middle: reading.text(Column::Middle),
        last,
        suffix: reading.text(Column::Suffix),
        business_name,
        ssn: ssn(reading, Column::Ssn),
        tax_id: tax_id(reading),
        born_on: reading.birth_date(Column::DateOfBirth),
        address: address(reading),
        phones: phones(reading),
        email: email(reading),
        language: language(reading),
    };
    kind.map(|_| debtor)
}

fn debtor_type(reading: &mut Reading<'_>) -> Option<DebtorType> {
    let text = reading.required(Column::DebtorType)?;
    let kind = DebtorType::read(&text);
    if kind.is_none() {
        reading.note(Code::UnknownCode, Column::DebtorType);
    }
    kind
}

fn ssn(reading: &mut Reading<'_>, column: Column) -> Option<Ssn> {
    let text = reading.cell(column).code()?.into_owned();
    let ssn = Ssn::read(&text);
    if ssn.is_none() {
        reading.note(Code::SsnDropped, column);
    }
    ssn
}

fn tax_id(reading: &mut Reading<'_>) -> Option<TaxId> {
    let text = reading.cell(Column::TaxId).code()?.into_owned();
    let tax_id = TaxId::read(&text);
    if tax_id.is_none() {
        reading.note(Code::TaxIdDropped, Column::TaxId);
    }
    tax_id
}

fn address(reading: &mut Reading<'_>) -> PlacedAddress {
    let country = match reading.code_text(Column::Country) {
        None => "US".to_owned(),
        Some(text) => read_country(&text).unwrap_or_else(|| {
            reading.note(Code::UnknownCountry, Column::Country);
            String::new()
        }),
    };
    let mut address = PlacedAddress {
        street: reading.text(Column::Address1),
        street2: reading.text(Column::Address2),
        city: reading.text(Column::City),
        state: state(reading, Column::State, &country),
        zip: None,
        country,
        bad: false,
    };
    address.zip = zip(reading, Column::Zip, &mut address);
    let street = address.street.as_deref();
    if street.is_some_and(is_placeholder) {
        address.bad = true;
        reading.note(Code::AddressPlaceholder, Column::Address1);
    } else if street.is_none() || address.city.is_none() {
        address.bad = true;
        let column = if street.is_none() { Column::Address1 } else { Column::City };
        reading.note(Code::AddressMissing, column);
    } else if address.country == "US" && reading.cell(Column::State).is_blank() {
        address.bad = true;
        reading.note(Code::AddressMissing, Column::State);
    } else if address.country == "US" && reading.cell(Column::Zip).is_blank() {
        address.bad = true;
        reading.note(Code::AddressMissing, Column::Zip);
    }
    address
}

fn state(reading: &mut Reading<'_>, column: Column, country: &str) -> Option<String> {
    let text = reading.code_text(column)?;
    let state = read_state(&text, country);
    if state.is_none() {
        reading.note(Code::UnknownState, column);
    }
    state
}

fn zip(reading: &mut Reading<'_>, column: Column, address: &mut PlacedAddress) -> Option<String> {
    let text = reading.code_text(column)?;
    let Some(read) = read_zip(&text, &address.country) else {
        address.bad = true;
        reading.note(Code::ZipDropped, column);
        return None;
    };
    if read.restored {
        reading.note(Code::ZipRestored, column);
    }
    Some(read.zip)
}

fn phones(reading: &mut Reading<'_>) -> Vec<PlacedPhone> {
    let mut phones: Vec<PlacedPhone> = Vec::new();
    for [number, kind, consent, source] in PHONES {
        let Some(text) = reading.cell(number).code().map(std::borrow::Cow::into_owned) else {
            continue;
        };
        let Some(read) = read_phone(&text) else {
            reading.note(Code::PhoneDropped, number);
            continue;
        };
        let phone = PlacedPhone {
            number: read,
            kind: phone_type(reading, kind),
            consent: self::consent(reading, consent),
            source: reading.text(source),
        };
        if !phones.iter().any(|known| known.number == phone.number) {
            phones.push(phone);
        }
    }
    phones
}

fn phone_type(reading: &mut Reading<'_>, column: Column) -> PhoneType {
    let Some(text) = reading.code_text(column) else { return PhoneType::Unknown };
    PhoneType::read(&text).unwrap_or_else(|| {
        reading.note(Code::PhoneTypeUnknown, column);
        PhoneType::Unknown
    })
}

/// Consent as the creditor's file has it; what cannot be read is no consent.
fn consent(reading: &mut Reading<'_>, column: Column) -> Option<bool> {
    if reading.cell(column).is_blank() {
        return None;
    }
    match flag::read(reading.cell(column)) {
        ReadFlag::Yes => Some(true),
        ReadFlag::No => Some(false),
        ReadFlag::Unreadable => {
            reading.note(Code::ConsentUnreadable, column);
            Some(false)
        }
    }
}

fn email(reading: &mut Reading<'_>) -> Option<PlacedEmail> {
    let text = reading.cell(Column::Email).code()?.into_owned();
    let Some(address) = read_email(&text) else {
        reading.note(Code::EmailDropped, Column::Email);
        return None;
    };
    Some(PlacedEmail {
        address,
        consent: consent(reading, Column::EmailConsent),
        source: reading.text(Column::EmailSource),
    })
}

fn language(reading: &mut Reading<'_>) -> Option<String> {
    let text = reading.code_text(Column::Language)?;
    let known = match text.to_lowercase().as_str() {
        "en" | "eng" | "english" | "en-us" => "en",
        "es" | "spa" | "spanish" | "espanol" | "español" | "es-us" | "es-mx" | "sp" => "es",
        _ => {
            reading.note(Code::LanguageUnknown, Column::Language);
            return Some(text);
        }
    };
    Some(known.to_owned())
}

pub(super) fn co_debtor(reading: &mut Reading<'_>) -> Option<SecondParty> {
    let first = reading.text(Column::CoDebtorFirst);
    let last = reading.text(Column::CoDebtorLast);
    let ssn = ssn(reading, Column::CoDebtorSsn);
    let street = reading.text(Column::CoDebtorAddress1);
    (first.is_some() || last.is_some()).then(|| SecondParty {
        first,
        last,
        ssn,
        relationship: None,
        address: PlacedAddress {
            bad: street.as_deref().is_none_or(is_placeholder),
            street,
            country: "US".to_owned(),
            ..PlacedAddress::default()
        },
    })
}

/// The guarantor; one whose relationship is "self" is the debtor and no second party.
pub(super) fn guarantor(reading: &mut Reading<'_>) -> Option<SecondParty> {
    let first = reading.text(Column::GuarantorFirst);
    let last = reading.text(Column::GuarantorLast);
    let relationship = reading.text(Column::GuarantorRelationship);
    let street = reading.text(Column::GuarantorAddress1);
    let mut address = PlacedAddress {
        street2: None,
        city: reading.text(Column::GuarantorCity),
        state: state(reading, Column::GuarantorState, "US"),
        zip: None,
        country: "US".to_owned(),
        bad: street.as_deref().is_none_or(is_placeholder),
        street,
    };
    address.zip = zip(reading, Column::GuarantorZip, &mut address);
    let same_person = relationship
        .as_deref()
        .is_some_and(|text| matches!(text.to_lowercase().as_str(), "self" | "same" | "patient"));
    ((first.is_some() || last.is_some()) && !same_person).then_some(SecondParty {
        first,
        last,
        ssn: None,
        relationship,
        address,
    })
}

/// The attorney, where any of its columns is filled with more than a "no".
pub(super) fn attorney(reading: &mut Reading<'_>) -> Option<PlacedAttorney> {
    let said = |text: &String| !flag::says_none(text);
    let name = reading.text(Column::AttorneyName).filter(said);
    let address = reading.text(Column::AttorneyAddress).filter(said);
    let phone_said = reading.code_text(Column::AttorneyPhone).filter(said);
    let phone = phone_said.as_deref().and_then(read_phone);
    if phone_said.is_some() && phone.is_none() {
        reading.note(Code::PhoneDropped, Column::AttorneyPhone);
    }
    (name.is_some() || address.is_some() || phone_said.is_some()).then_some(PlacedAttorney {
        name,
        address,
        phone,
    })
}
